import { type CentredRows, squaredDistance, squaredNorms } from "../engine/centred-rows.ts";
import type { DistanceEngine, Targets } from "../engine/distance-engine.ts";

/** Side of a square tile of distances: 4 MB, which stays in cache while it is read. */
export const TILE = 1024;

/**
 * A squared distance this much smaller than the squared lengths it is the difference of has lost too many digits in
 * float32 and is computed again in float64: what is kept has a relative error of about 1e-4 at worst.
 */
const CANCELLED = 2 ** -9;

/** Sums kept at once: 128 MB. With more rows times clusters the rows are taken in bands, which costs up to twice the products. */
const BAND_VALUES = 2 ** 24;

/**
 * For each row the sum of its euclidean distances to the rows of each cluster; sums in float64, in an order that depends
 * on the shape only. Inside a band, tiles below the diagonal are read from the one above, which halves the products.
 *
 * @param x rows ordered by cluster, paddedRows a multiple of TILE
 * @param bounds first row of each cluster and the number of rows, int32 [clusters + 1]
 * @param checkpoint called before each tile with the share of the bands that is done
 * @param take called for each band with its sums, float64 [rows of the band, clusters], in the units of `x`
 */
export async function distanceSums(
  engine: DistanceEngine,
  x: CentredRows,
  bounds: Int32Array,
  checkpoint: (fraction: number) => void,
  take: (sums: Float64Array, firstRow: number) => void,
): Promise<void> {
  const { data, rows, cols } = x;
  const clusters = bounds.length - 1;
  const clusterOf = new Int32Array(rows);
  for (let c = 0; c < clusters; c++) clusterOf.fill(c, bounds[c], bounds[c + 1]);
  const norms = squaredNorms(data, cols);
  const norms32 = Float32Array.from(norms);
  const tile = new Float32Array(TILE * TILE);
  const part = (start: number): Targets => ({
    data: data.subarray(start * cols, (start + TILE) * cols),
    rows: TILE,
    norms: norms32.subarray(start, start + TILE),
  });

  const bandRows = TILE * Math.max(1, Math.floor(BAND_VALUES / clusters / TILE));
  for (let first = 0; first < rows; first += bandRows) {
    const end = Math.min(rows, first + bandRows);
    const band = { first, end, clusterOf, clusters, sums: new Float64Array((end - first) * clusters) };
    for (let top = first; top < end; top += TILE) {
      for (let left = 0; left < rows; left += TILE) {
        if (left >= first && left < top) continue;
        checkpoint((top + (TILE * left) / rows) / rows);
        await engine.partial(part(top), part(left), tile);
        toDistances(x, norms, tile, top, left);
        addTile(tile, top, left, band);
      }
    }
    take(band.sums, first);
  }
}

function toDistances(
  x: CentredRows,
  norms: Float64Array,
  tile: Float32Array,
  top: number,
  left: number,
): void {
  const { data, rows, cols } = x;
  const height = Math.min(TILE, rows - top);
  const width = Math.min(TILE, rows - left);
  for (let i = 0; i < height; i++) {
    const norm = norms[top + i]!;
    for (let j = 0; j < width; j++) {
      let squared = tile[i * TILE + j]! + norm;
      if (squared < CANCELLED * (norm + norms[left + j]!)) {
        squared = squaredDistance(data, (top + i) * cols, data, (left + j) * cols, cols);
      }
      tile[i * TILE + j] = Math.sqrt(squared);
    }
  }
}

type Band = {
  readonly first: number;
  readonly end: number;
  readonly clusterOf: Int32Array;
  readonly clusters: number;
  readonly sums: Float64Array;
};

function addTile(tile: Float32Array, top: number, left: number, band: Band): void {
  const { first, end, clusterOf, clusters, sums } = band;
  const height = Math.min(TILE, end - top);
  const width = Math.min(TILE, clusterOf.length - left);
  const mirrored = left > top && left < end;
  for (let i = 0; i < height; i++) {
    const own = clusterOf[top + i]!;
    const row = (top + i - first) * clusters;
    for (let j = 0; j < width; j++) sums[row + clusterOf[left + j]!]! += tile[i * TILE + j]!;
    if (!mirrored) continue;
    for (let j = 0; j < width; j++) sums[(left + j - first) * clusters + own]! += tile[i * TILE + j]!;
  }
}
