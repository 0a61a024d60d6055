import { squaredDistance, squaredNorms } from "../engine/centred-rows.ts";
import { DistanceEngine, type Targets } from "../engine/distance-engine.ts";
import { blockRowsFor } from "../engine/row-blocks.ts";
import { KernelError } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";

export type NearestCentresOptions = {
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
  readonly #engine: DistanceEngine;
  readonly #centres: Matrix;
  readonly #mean: Float64Array;
  /** A power of two; 0 when all centres are equal and there is nothing to choose. */
  readonly #scale: number;
  readonly #targets: Targets;
  /** Room for the largest block of rows, and for their labels. */
  readonly #block: Float32Array;
  readonly #nearest: Int32Array;
  readonly #fewest: number;

  private constructor(engine: DistanceEngine, centres: Matrix, blockRows: number | undefined) {
    const { data, rows, cols } = centres;
    this.#engine = engine;
    this.#centres = centres;
    // As in centreRows, of the centres: products of rows far from the origin would lose the digits that decide.
    this.#mean = new Float64Array(cols);
    for (let p = 0; p < data.length; p++) this.#mean[p % cols]! += data[p]! / rows;
    const largest = data.reduce(
      (most, value, p) => Math.max(most, Math.abs(value - this.#mean[p % cols]!)),
      0,
    );
    this.#scale = rows === 1 || largest === 0 ? 0 : 2 ** -Math.ceil(Math.log2(largest));
    const centred = data.map((value, p) => (value - this.#mean[p % cols]!) * this.#scale);
    this.#targets = { data: centred, rows, norms: Float32Array.from(squaredNorms(centred, cols)) };
    this.#fewest = blockRowsFor(rows, cols, 1);
    this.#nearest = new Int32Array(blockRowsFor(rows, cols, blockRows));
    this.#block = new Float32Array(this.#nearest.length * cols);
  }

  /**
   * Runs `work` with the centres, [k, cols], and frees their memory afterwards.
   *
   * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (no centre), `not_finite`
   */
  static async use<T>(
    centres: Matrix,
    options: NearestCentresOptions,
    work: (nearest: NearestCentres) => Promise<T>,
  ): Promise<T> {
    checkMatrix(centres, "centres");
    return DistanceEngine.use(centres.cols, options.threads, (engine) =>
      work(new NearestCentres(engine, centres, options.blockRows)),
    );
  }

  /**
   * Labels rows with their nearest centre, the lowest index at a tie; "nearest" in float32, as in kmeans().
   *
   * @param x [n, cols]; n may be 0
   * @param labels int32 [n], written
   * @param distances float32 [n], written: the euclidean distance to that centre, summed in float64
   * @throws KernelError `shape_mismatch`, `not_finite`
   */
  async assign(x: Matrix, labels: Int32Array, distances: Float32Array): Promise<void> {
    if (x.rows === 0) return;
    checkMatrix(x, "x");
    const { cols } = this.#centres;
    if (x.cols !== cols || labels.length !== x.rows || distances.length !== x.rows) {
      throw new KernelError(
        "shape_mismatch",
        `x is ${x.rows} x ${x.cols} with ${labels.length} labels and ${distances.length} distances; ` +
          `the centres have ${cols} columns, and each row has one of the others.`,
      );
    }
    const atOnce = this.#nearest.length;
    for (let start = 0; start < x.rows; start += atOnce) {
      await this.#label(x, labels.subarray(start, start + atOnce), start);
    }
    for (let i = 0; i < x.rows; i++) {
      distances[i] = Math.sqrt(
        squaredDistance(x.data, i * cols, this.#centres.data, labels[i]! * cols, cols),
      );
    }
  }

  /** A block that would be too short is filled up with what is left there of the rows before. */
  async #label(x: Matrix, labels: Int32Array, firstRow: number): Promise<void> {
    if (this.#scale === 0) {
      labels.fill(0);
      return;
    }
    const { cols } = this.#centres;
    for (let i = 0; i < labels.length; i++) {
      const from = (firstRow + i) * cols;
      for (let c = 0; c < cols; c++) {
        this.#block[i * cols + c] = (x.data[from + c]! - this.#mean[c]!) * this.#scale;
      }
    }
    const rows = Math.max(labels.length, this.#fewest);
    const block = { data: this.#block.subarray(0, rows * cols), rows };
    await this.#engine.nearest(block, this.#targets, this.#nearest.subarray(0, rows));
    labels.set(this.#nearest.subarray(0, labels.length));
  }
}
