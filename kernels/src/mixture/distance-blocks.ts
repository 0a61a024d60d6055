import type { CentredRows } from "../engine/centred-rows.ts";
import type { Block, GraphRunner } from "../engine/graph-runner.ts";
import type { Components, Precisions } from "./components.ts";
import { diagonalDensities, fullDistances } from "./graphs.ts";

/**
 * A distance whose float32 error may be above this much is computed again in float64, if the component counts for its
 * row: log-densities are then good to about 1e-4 each.
 */
const TOLERATED = 1e-4;
const UNIT = 2 ** -24;

/** Squared Mahalanobis distances of blocks of rows to all components, by products in float32. */
export class DistanceBlocks {
  readonly #components: Components;
  readonly #precisions: Precisions;
  readonly #inputs: readonly Readonly<Record<string, Block>>[];
  /** Squared length of each mean in units of its component: what a product's terms may have to cancel. */
  readonly #far: Float64Array;
  /** Whether products give responsibilities along with distances. */
  readonly givesResponsibilities: boolean;
  /** Distances of the last block: "diag" [rows, k], "full" [k, rows] */
  readonly values: Float32Array;
  /** Row `i` of the last block and component `j` are at i * rowStride + j * componentStride. */
  readonly rowStride: number;
  componentStride: number;
  /** Of each component: distances from here on may be too wrong, see `error` and `exact`. */
  readonly doubtful: Float64Array;

  constructor(components: Components, precisions: Precisions, blockRows: number) {
    this.#components = components;
    this.#precisions = precisions;
    const { type, cols, means, weights } = components;
    const { factors, logHeights } = precisions;
    const k = weights.length;
    this.values = new Float32Array(k * blockRows);
    this.#far = new Float64Array(k);
    this.rowStride = type === "diag" ? k : 1;
    this.componentStride = 1;
    this.givesResponsibilities = type === "diag";
    if (type === "diag") {
      const slopes = means.map((mean, p) => -2 * mean * factors[p]!);
      means.forEach((mean, p) => (this.#far[Math.floor(p / cols)]! += mean * mean * factors[p]!));
      this.#inputs = [
        {
          precisions: [Float32Array.from(factors), k, cols],
          slopes: [Float32Array.from(slopes), k, cols],
          offsets: [Float32Array.from(this.#far), k],
          heights: [Float32Array.from(logHeights), k],
          half: [Float32Array.of(-0.5), 1],
        },
      ];
      this.doubtful = this.#doubtfulFrom();
      return;
    }
    this.#inputs = Array.from({ length: k }, (_, j) => {
      const factor = factors.subarray(j * cols * cols, (j + 1) * cols * cols);
      const offset = new Float64Array(cols);
      for (let r = 0; r < cols; r++) {
        const mean = means[j * cols + r]!;
        for (let c = r; c < cols; c++) offset[c]! -= mean * factor[r * cols + c]!;
      }
      this.#far[j] = offset.reduce((sum, value) => sum + value * value, 0);
      return { factor: [Float32Array.from(factor), cols, cols], offset: [Float32Array.from(offset), cols] };
    });
    this.doubtful = this.#doubtfulFrom();
  }

  /**
   * The distances of a block of rows to `values`; with them, where products give them ("diag"), the responsibilities
   * [rows, k], which are those of float32 distances: a row with a doubtful one has others.
   */
  async multiply(
    runner: GraphRunner,
    data: Float32Array,
    rows: number,
    responsibilities: Float32Array,
  ): Promise<void> {
    const { cols, weights, type } = this.#components;
    const k = weights.length;
    const x: Block = [data, rows, cols];
    if (type === "diag") {
      const mahalanobis: Block = [this.values.subarray(0, k * rows), rows, k];
      const outputs = { mahalanobis, responsibilities: [responsibilities, rows, k] as const };
      return runner.run(diagonalDensities, { x, ...this.#inputs[0] }, outputs, rows);
    }
    this.componentStride = rows;
    for (const [j, inputs] of this.#inputs.entries()) {
      const mahalanobis: Block = [this.values.subarray(j * rows, (j + 1) * rows), rows];
      await runner.run(fullDistances, { x, ...inputs }, { mahalanobis }, rows);
    }
  }

  /** What a product may be wrong by: roundings of terms that cancel. Grows with the distance. */
  error(distance: number, j: number): number {
    const far = this.#far[j]!;
    const near = Math.max(0, distance);
    if (this.#components.type === "diag") return 4 * UNIT * (near + 2 * far);
    return 8 * UNIT * Math.sqrt(near + 1) * (Math.sqrt(near) + 2 * Math.sqrt(far));
  }

  /** From this distance on the error is too much, for each component. */
  #doubtfulFrom(): Float64Array {
    return this.#far.map((_, j) => {
      if (this.error(0, j) > TOLERATED) return -Infinity;
      let low = 0;
      let high = 2 ** 30;
      for (let step = 0; step < 60; step++) {
        const middle = (low + high) / 2;
        if (this.error(middle, j) > TOLERATED) high = middle;
        else low = middle;
      }
      return low;
    });
  }

  /** The same distance in float64. */
  exact(x: CentredRows, row: number, j: number): number {
    const { type, cols, means } = this.#components;
    const { factors } = this.#precisions;
    const at = row * cols;
    let sum = 0;
    if (type === "diag") {
      for (let c = 0, p = j * cols; c < cols; c++, p++)
        sum += (x.data[at + c]! - means[p]!) ** 2 * factors[p]!;
      return sum;
    }
    const y = new Float64Array(cols);
    for (let r = 0; r < cols; r++) {
      const moved = x.data[at + r]! - means[j * cols + r]!;
      const from = (j * cols + r) * cols;
      for (let c = r; c < cols; c++) y[c]! += moved * factors[from + c]!;
    }
    for (let c = 0; c < cols; c++) sum += y[c]! * y[c]!;
    return sum;
  }
}
