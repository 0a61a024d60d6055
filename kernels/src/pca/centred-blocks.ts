import type { Block, Graph, GraphRunner } from "../engine/graph-runner.ts";
import type { Matrix } from "../matrix.ts";
import type { ColumnMoments } from "./column-moments.ts";
import { imageGraph, projectGraph, scatterGraph } from "./graphs.ts";

/** What a stage does between two blocks: report how far it is (0 to 1) and throw if the caller canceled. */
export type Checkpoint = (fraction: number) => void;

/** Rows of a block of products; sums of float32 depend on it, so it is no option. */
const BLOCK_ROWS = 2048;

/** Products of (x - mean) scale, a block of rows at a time; rows lie where they are, nothing is copied. */
export class CentredBlocks {
  readonly x: Matrix;
  readonly #runner: GraphRunner;
  readonly #mean: Float32Array;
  readonly #scale: Float32Array;
  /** What float32 has rounded off the mean, scaled, float64 [cols] */
  readonly #rounded: Float64Array;
  readonly #moments: ColumnMoments;

  constructor(runner: GraphRunner, x: Matrix, moments: ColumnMoments) {
    const { mean, scale } = moments;
    this.x = x;
    this.#moments = moments;
    this.#runner = runner;
    this.#mean = Float32Array.from(mean);
    this.#scale = Float32Array.of(scale);
    this.#rounded = mean.map((value, c) => (value - this.#mean[c]!) * scale);
  }

  /** Sum of y yᵀ over the rows, float64 [cols, cols]. */
  async scatter(checkpoint: Checkpoint): Promise<Float64Array> {
    const { rows, cols } = this.x;
    const sums = new Float64Array(cols * cols);
    const product = new Float32Array(cols * cols);
    await this.#each(scatterGraph, {}, cols, checkpoint, () => {
      for (let p = 0; p < sums.length; p++) sums[p]! += product[p]!;
    }, () => ({ scatter: [product, cols, cols] })); // prettier-ignore
    for (let r = 0; r < cols; r++) {
      for (let c = 0; c <= r; c++) {
        const value =
          (sums[r * cols + c]! + sums[c * cols + r]!) / 2 - rows * this.#rounded[r]! * this.#rounded[c]!;
        sums[r * cols + c] = sums[c * cols + r] = value;
      }
    }
    return sums;
  }

  /** The same without float32. */
  exactScatter(): Float64Array {
    const { data, rows, cols } = this.x;
    const { mean, scale } = this.#moments;
    const sums = new Float64Array(cols * cols);
    const y = new Float64Array(cols);
    for (let i = 0; i < rows; i++) {
      for (let c = 0; c < cols; c++) y[c] = (data[i * cols + c]! - mean[c]!) * scale;
      for (let r = 0; r < cols; r++) {
        const value = y[r]!;
        for (let c = 0, at = r * cols; c <= r; c++) sums[at + c]! += value * y[c]!;
      }
    }
    for (let r = 0; r < cols; r++) for (let c = 0; c < r; c++) sums[c * cols + r] = sums[r * cols + c]!;
    return sums;
  }

  /** The scatter times each axis, float64 [count, cols], without the scatter itself. */
  async image(axes: Float64Array, count: number, checkpoint: Checkpoint): Promise<Float64Array> {
    const { cols } = this.x;
    const sums = new Float64Array(count * cols);
    const product = new Float32Array(count * cols);
    await this.#each(imageGraph, { axes: [Float32Array.from(axes), count, cols] }, cols, checkpoint, () => {
      for (let c = 0; c < cols; c++) for (let j = 0; j < count; j++) sums[j * cols + c]! += product[c * count + j]!;
    }, () => ({ image: [product, cols, count] })); // prettier-ignore
    return sums;
  }

  /** Coordinates of the rows along axes [count, cols], float32 [rows, count]. */
  async project(axes: Float64Array, count: number, checkpoint: Checkpoint): Promise<Float32Array> {
    const { rows, cols } = this.x;
    const out = new Float32Array(rows * count);
    const offset = new Float32Array(count);
    for (let j = 0; j < count; j++) {
      let along = 0;
      for (let c = 0; c < cols; c++) along += this.#rounded[c]! * axes[j * cols + c]!;
      offset[j] = -along;
    }
    const rounded = Float32Array.from(axes);
    await this.#each(
      projectGraph,
      { axes: [rounded, count, cols], offset: [offset, count] },
      BLOCK_ROWS,
      checkpoint,
      () => undefined,
      (start, high) => ({ coordinates: [out.subarray(start * count, (start + high) * count), high, count] }),
    );
    return out;
  }

  async #each(
    graph: Graph,
    more: Readonly<Record<string, Block>>,
    productRows: number,
    checkpoint: Checkpoint,
    take: () => void,
    outputs: (start: number, high: number) => Readonly<Record<string, Block>>,
  ): Promise<void> {
    const { data, rows, cols } = this.x;
    const count = Math.max(1, Math.round(rows / BLOCK_ROWS));
    for (let b = 0; b < count; b++) {
      const start = b * BLOCK_ROWS;
      // The last block has from 1/2 to 3/2 of the others' rows, and is never a single row where there are two.
      const high = b === count - 1 ? rows - start : BLOCK_ROWS;
      checkpoint(start / rows);
      await this.#runner.run(
        graph,
        {
          x: [data.subarray(start * cols, (start + high) * cols), high, cols],
          mean: [this.#mean, cols],
          scale: [this.#scale, 1],
          ...more,
        },
        outputs(start, high),
        Math.min(productRows, high),
      );
      take();
    }
  }
}
