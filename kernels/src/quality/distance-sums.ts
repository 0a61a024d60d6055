import { type CentredRows, squaredDistance, squaredNorms } from "../engine/centred-rows.ts";
import type { GraphRunner } from "../engine/graph-runner.ts";
import { tileGraph } from "./tile-graph.ts";

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
 * For each row the sum of its euclidean distances to the rows of each cluster. Inside a tile roots and sums are float32,
 * by products with what is in which cluster; tiles are added in float64, in an order that depends on the shape only. Tiles
 * below a band's diagonal are read from the one above, which halves the products.
 *
 * @param x rows ordered by cluster, paddedRows a multiple of TILE
 * @param bounds first row of each cluster and the number of rows, int32 [clusters + 1]
 * @param checkpoint called before each tile with the share of the bands that is done
 * @param take called for each band with its sums, float64 [rows of the band, clusters], in the units of `x`
 */
export async function distanceSums(
  runner: GraphRunner,
  x: CentredRows,
  bounds: Int32Array,
  checkpoint: (fraction: number) => void,
  take: (sums: Float64Array, firstRow: number) => void,
): Promise<void> {
  const { rows } = x;
  const clusters = bounds.length - 1;
  const tiles = new Tiles(runner, x, bounds);
  const bandRows = TILE * Math.max(1, Math.floor(BAND_VALUES / clusters / TILE));
  for (let first = 0; first < rows; first += bandRows) {
    const end = Math.min(rows, first + bandRows);
    const band = { first, end, sums: new Float64Array((end - first) * clusters) };
    for (let top = first; top < end; top += TILE) {
      for (let left = 0; left < rows; left += TILE) {
        if (left >= first && left < top) continue;
        checkpoint((top + (TILE * left) / rows) / rows);
        await tiles.add(top, left, band);
      }
    }
    take(band.sums, first);
  }
}

/** Rows first up to end, and their sums. */
type Band = { readonly first: number; readonly end: number; readonly sums: Float64Array };

/** The rows of a tile's side, and of the clusters they are in which is whose. */
type Side = {
  readonly data: Float32Array;
  readonly norms: Float32Array;
  readonly limits: Float32Array;
  /** First of the clusters, and how many there are. */
  readonly cluster: number;
  readonly clusters: number;
  /** float32 [TILE, clusters], zeros for rows after the last */
  readonly members: Float32Array;
};

class Tiles {
  readonly #runner: GraphRunner;
  readonly #x: CentredRows;
  readonly #clusters: number;
  readonly #clusterOf: Int32Array;
  readonly #norms: Float64Array;
  readonly #squared = new Float32Array(TILE * TILE);
  readonly #least = new Float32Array(TILE);

  constructor(runner: GraphRunner, x: CentredRows, bounds: Int32Array) {
    this.#runner = runner;
    this.#x = x;
    this.#clusters = bounds.length - 1;
    this.#norms = squaredNorms(x.data, x.cols);
    this.#clusterOf = new Int32Array(x.rows);
    for (let c = 0; c < this.#clusters; c++) this.#clusterOf.fill(c, bounds[c], bounds[c + 1]);
  }

  /**
   * Adds the distances between rows top, top + 1, … and left, left + 1, … to the sums of the former by the latter's cluster
   * and, if the tile stands for its mirror image too, the other way round.
   */
  async add(top: number, left: number, band: Band): Promise<void> {
    const a = this.#side(top);
    const b = this.#side(left);
    const { cols } = this.#x;
    const rowSums = new Float32Array(TILE * b.clusters);
    const columnSums = new Float32Array(TILE * a.clusters);
    await this.#runner.run(
      tileGraph,
      {
        a: [a.data, TILE, cols],
        b: [b.data, TILE, cols],
        ofA: [a.norms, TILE, 1],
        ofB: [b.norms, TILE],
        inA: [a.members, TILE, a.clusters],
        inB: [b.members, TILE, b.clusters],
        limits: [b.limits, TILE],
      },
      {
        squared: [this.#squared, TILE, TILE],
        rowSums: [rowSums, TILE, b.clusters],
        columnSums: [columnSums, TILE, a.clusters],
        least: [this.#least, TILE],
      },
      TILE,
    );
    const mirrored = left > top && left < band.end;
    const bottom = Math.min(top + TILE, band.end);
    const right = Math.min(left + TILE, this.#x.rows);
    this.#addSums(rowSums, top, bottom, b, band);
    if (mirrored) this.#addSums(columnSums, left, right, a, band);
    for (let i = top; i < bottom; i++) {
      if (this.#least[i - top]! < CANCELLED * this.#norms[i]!)
        this.#correct(i, top, left, right, mirrored, band);
    }
  }

  #addSums(sums: Float32Array, first: number, end: number, { cluster, clusters }: Side, band: Band): void {
    for (let i = first, p = 0; i < end; i++) {
      const at = (i - band.first) * this.#clusters + cluster;
      for (let c = 0; c < clusters; c++) band.sums[at + c]! += sums[p++]!;
    }
  }

  /** Distances of row i that cancelled: what float64 makes of them instead of what was added. */
  #correct(i: number, top: number, left: number, right: number, mirrored: boolean, band: Band): void {
    const { data, cols } = this.#x;
    const norms = this.#norms;
    const clusterOf = this.#clusterOf;
    for (let j = left, p = (i - top) * TILE; j < right; j++, p++) {
      const squared = this.#squared[p]!;
      if (squared >= CANCELLED * (norms[i]! + norms[j]!)) continue;
      const added = squared > 0 ? Math.fround(Math.sqrt(squared)) : 0;
      const difference = Math.sqrt(squaredDistance(data, i * cols, data, j * cols, cols)) - added;
      band.sums[(i - band.first) * this.#clusters + clusterOf[j]!]! += difference;
      if (mirrored) band.sums[(j - band.first) * this.#clusters + clusterOf[i]!]! += difference;
    }
  }

  #side(start: number): Side {
    const { data, rows, cols } = this.#x;
    const end = Math.min(rows, start + TILE);
    const cluster = this.#clusterOf[start]!;
    const clusters = this.#clusterOf[end - 1]! - cluster + 1;
    const members = new Float32Array(TILE * clusters);
    for (let i = start; i < end; i++) members[(i - start) * clusters + this.#clusterOf[i]! - cluster] = 1;
    const norms = this.#norms.subarray(start, start + TILE);
    return {
      data: data.subarray(start * cols, (start + TILE) * cols),
      norms: Float32Array.from(norms),
      limits: Float32Array.from(norms, (norm) => CANCELLED * norm),
      cluster,
      clusters,
      members,
    };
  }
}
