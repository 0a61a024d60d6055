import type { CentredRows } from "../engine/centred-rows.ts";
import type { Block, GraphRunner } from "../engine/graph-runner.ts";
import type { Components, Precisions } from "./components.ts";
import { diagonalDistances, fullDistances } from "./graphs.ts";

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
  /** Distances of the last block: "diag" [rows, k], "full" [k, rows] */
  readonly #values: Float32Array;
  #rows = 0;

  constructor(components: Components, precisions: Precisions, blockRows: number) {
    this.#components = components;
    this.#precisions = precisions;
    const { type, cols, means, weights } = components;
    const { factors } = precisions;
    const k = weights.length;
    this.#values = new Float32Array(k * blockRows);
    this.#far = new Float64Array(k);
    if (type === "diag") {
      const slopes = means.map((mean, p) => -2 * mean * factors[p]!);
      means.forEach((mean, p) => (this.#far[Math.floor(p / cols)]! += mean * mean * factors[p]!));
      this.#inputs = [
        {
          precisions: [Float32Array.from(factors), k, cols],
          slopes: [Float32Array.from(slopes), k, cols],
          offsets: [Float32Array.from(this.#far), k],
        },
      ];
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
  }

  async multiply(runner: GraphRunner, data: Float32Array, rows: number): Promise<void> {
    this.#rows = rows;
    const { cols, weights } = this.#components;
    const x: Block = [data, rows, cols];
    for (const [j, inputs] of this.#inputs.entries()) {
      const diagonal = this.#components.type === "diag";
      const out = this.#values.subarray(j * rows, (diagonal ? weights.length : j + 1) * rows);
      await runner.run(
        diagonal ? diagonalDistances : fullDistances,
        { x, ...inputs },
        { mahalanobis: diagonal ? [out, rows, weights.length] : [out, rows] },
        rows,
      );
    }
  }

  /** Of row `i` of the block to component `j`. */
  at(i: number, j: number): number {
    const diagonal = this.#components.type === "diag";
    return this.#values[diagonal ? i * this.#components.weights.length + j : j * this.#rows + i]!;
  }

  /** What the above may be wrong by: roundings of terms that cancel. */
  error(distance: number, j: number): number {
    const far = this.#far[j]!;
    const near = Math.max(0, distance);
    if (this.#components.type === "diag") return 4 * UNIT * (near + 2 * far);
    return 8 * UNIT * Math.sqrt(near + 1) * (Math.sqrt(near) + 2 * Math.sqrt(far));
  }

  /** Whether that is too much for a component that counts. */
  static tooMuch(error: number): boolean {
    return error > TOLERATED;
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
