import { DistanceEngine } from "../engine/distance-engine.ts";
import { blockRowsFor } from "../engine/row-blocks.ts";
import { KernelError } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { checkMetric } from "../metric.ts";
import { normalizeRows } from "../normalize-rows.ts";
import { CentreSearch, MORE_CENTRES } from "./centre-search.ts";
import { rowDistance } from "./row-distance.ts";

export type NearestCentresOptions = {
  /** "euclidean" (default) or "cosine": nearest by direction, distances 1 - cos. */
  readonly metric?: "euclidean" | "cosine";
  /** Threads of the products, at most 32; no influence on the result. Default: all cores. */
  readonly threads?: number;
  /** Rows of a block of products; no influence on the result. Default: chosen by size. */
  readonly blockRows?: number;
};

/**
 * Finds the nearest of given centres for rows that come block by block, such as rows that k-means was not fitted on.
 * What a row gets depends on the row alone: not on the rows beside it, nor on how many come at once. Memory: one block
 * of rows and the centres.
 */
export class NearestCentres {
  readonly #search: CentreSearch;
  readonly #cosine: boolean;
  readonly #cols: number;
  readonly #mean: Float64Array;
  /** A power of two; 0 when all centres are equal and there is nothing to choose. */
  readonly #scale: number;
  /** float64 [k, cols], as given or of length 1 */
  readonly #centres: Float64Array;
  /** Room for the largest block of rows. */
  readonly #block: Float32Array;
  readonly #atOnce: number;
  readonly #fewest: number;

  private constructor(engine: DistanceEngine, given: Matrix, options: NearestCentresOptions) {
    this.#cosine = options.metric === "cosine";
    const { data, rows, cols } = this.#cosine ? normalizeRows(given) : given;
    this.#cols = cols;
    this.#centres = Float64Array.from(data);
    // As in centreRows, of the centres: products of rows far from the origin would lose the digits that decide.
    this.#mean = new Float64Array(cols);
    for (let p = 0; p < data.length; p++) this.#mean[p % cols]! += data[p]! / rows;
    const largest = data.reduce(
      (most, value, p) => Math.max(most, Math.abs(value - this.#mean[p % cols]!)),
      0,
    );
    this.#scale = rows === 1 || largest === 0 ? 0 : 2 ** -Math.ceil(Math.log2(largest));
    this.#fewest = blockRowsFor(rows + MORE_CENTRES, cols, 1);
    this.#atOnce = blockRowsFor(rows + MORE_CENTRES, cols, options.blockRows);
    this.#block = new Float32Array(this.#atOnce * cols);
    this.#search = new CentreSearch(engine, rows, cols, this.#atOnce);
    this.#search.setCentres(this.#centres.map((value, p) => (value - this.#mean[p % cols]!) * this.#scale));
  }

  /**
   * Runs `work` with the centres, [k, cols], and frees their memory afterwards.
   *
   * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (no centre), `not_finite`, `zero_vector` (cosine)
   */
  static async use<T>(
    centres: Matrix,
    options: NearestCentresOptions,
    work: (nearest: NearestCentres) => Promise<T>,
  ): Promise<T> {
    checkMatrix(centres, "centres");
    checkMetric(options.metric ?? "euclidean");
    return DistanceEngine.use(centres.cols, options.threads, (engine) =>
      work(new NearestCentres(engine, centres, options)),
    );
  }

  /**
   * Labels rows with their nearest centre, the lowest index at a tie; decided in float64, as in kmeans().
   *
   * @param x [n, cols]; n may be 0
   * @param labels int32 [n], written
   * @param distances float32 [n], written: the distance to that centre by the metric, summed in float64
   * @throws KernelError `shape_mismatch`, `not_finite`, `zero_vector` (cosine)
   */
  async assign(x: Matrix, labels: Int32Array, distances: Float32Array): Promise<void> {
    if (x.rows === 0) return;
    checkMatrix(x, "x");
    const cols = this.#cols;
    if (x.cols !== cols || labels.length !== x.rows || distances.length !== x.rows) {
      throw new KernelError(
        "shape_mismatch",
        `x is ${x.rows} x ${x.cols} with ${labels.length} labels and ${distances.length} distances; ` +
          `the centres have ${cols} columns, and each row has one of the others.`,
      );
    }
    const { data } = this.#cosine ? normalizeRows(x) : x;
    for (let start = 0; start < x.rows; start += this.#atOnce) {
      await this.#label(data, labels.subarray(start, start + this.#atOnce), start);
    }
    for (let i = 0; i < x.rows; i++) {
      const squared = rowDistance(data, i * cols, this.#centres, labels[i]! * cols, cols);
      distances[i] = this.#cosine ? squared / 2 : Math.sqrt(squared);
    }
  }

  /** A block that would be too short is filled up with what is left there of the rows before. */
  async #label(data: Float32Array, labels: Int32Array, firstRow: number): Promise<void> {
    if (this.#scale === 0) {
      labels.fill(0);
      return;
    }
    const cols = this.#cols;
    const block = this.#block;
    const norms = new Float64Array(labels.length);
    for (let i = 0; i < labels.length; i++) {
      const from = (firstRow + i) * cols;
      for (let c = 0; c < cols; c++) {
        const value = Math.fround((data[from + c]! - this.#mean[c]!) * this.#scale);
        block[i * cols + c] = value;
        norms[i]! += value * value;
      }
    }
    const rows = Math.max(labels.length, this.#fewest);
    await this.#search.multiply(block.subarray(0, rows * cols), rows);
    for (let i = 0; i < labels.length; i++) {
      labels[i] = this.#search.nearest(i, block, i * cols, norms[i]!);
    }
  }
}
