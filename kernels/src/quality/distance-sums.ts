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
    const sums = new Float64Array((end - first) * clusters);
    const band = { x, norms, bounds, clusterOf, first, end, sums };
    for (let top = first; top < end; top += TILE) {
      for (let left = 0; left < rows; left += TILE) {
        if (left >= first && left < top) continue;
        checkpoint((top + (TILE * left) / rows) / rows);
        await engine.partial(part(top), part(left), tile);
        addTile(tile, top, left, band);
      }
    }
    take(band.sums, first);
  }
}

type Band = {
  readonly x: CentredRows;
  readonly norms: Float64Array;
  readonly bounds: Int32Array;
  readonly clusterOf: Int32Array;
  /** The band is rows first up to end; sums are theirs. */
  readonly first: number;
  readonly end: number;
  readonly sums: Float64Array;
};

/**
 * Adds the distances between rows top, top + 1, … and left, left + 1, … to the sums of the former by the latter's cluster
 * and, if the tile stands for its mirror image too, the other way round. As rows are ordered by cluster, both sides are
 * runs: a row's sum over a run of columns is a local number, a run of rows adds up in `columns`.
 */
function addTile(tile: Float32Array, top: number, left: number, band: Band): void {
  const { norms, bounds, clusterOf, first, end, sums } = band;
  const { data, rows, cols } = band.x;
  const clusters = bounds.length - 1;
  const bottom = Math.min(top + TILE, end);
  const right = Math.min(left + TILE, rows);
  const mirrored = left > top && left < end;
  const columns = new Float64Array(TILE);
  const largestNorm = norms.subarray(left, right).reduce((a, b) => Math.max(a, b), 0);
  for (let i = top; i < bottom; i++) {
    const norm = norms[i]!;
    const suspicious = CANCELLED * (norm + largestNorm);
    const shift = (i - top) * TILE - left;
    const at = (i - first) * clusters;
    for (let from = left; from < right;) {
      const cluster = clusterOf[from]!;
      const to = Math.min(right, bounds[cluster + 1]!);
      let sum = 0;
      for (let j = from; j < to; j++) {
        let squared = tile[shift + j]! + norm;
        if (squared < suspicious && squared < CANCELLED * (norm + norms[j]!)) {
          squared = squaredDistance(data, i * cols, data, j * cols, cols);
        }
        const distance = Math.sqrt(squared);
        sum += distance;
        columns[j - left]! += distance;
      }
      sums[at + cluster]! += sum;
      from = to;
    }
    if (mirrored && (i + 1 === bottom || clusterOf[i + 1] !== clusterOf[i])) {
      const own = clusterOf[i]!;
      for (let j = left; j < right; j++) sums[(j - first) * clusters + own]! += columns[j - left]!;
      columns.fill(0);
    }
  }
}
