import type { Block, Graph, GraphRunner } from "../engine/graph-runner.ts";
import type { Matrix } from "../matrix.ts";
import { imageGraph, projectGraph, scatterGraph } from "./graphs.ts";
import type { Placement } from "./placement.ts";

/** What a stage does between two blocks: report how far it is (0 to 1) and throw if the caller canceled. */
export type Checkpoint = (fraction: number) => void;

/** Rows of a block of products; sums of float32 depend on it, so it is no option. */
const BLOCK_ROWS = 2048;

/** Narrower parts of the columns are multiplied more slowly than their mirror images save. */
const PART_COLUMNS = 96;
const MOST_PARTS = 6;

/** Products of (x - mean) scale, a block of rows at a time; rows lie where they are, nothing is copied. */
export class CentredBlocks {
  readonly x: Matrix;
  readonly #runner: GraphRunner;
  readonly #placement: Placement;
  readonly #inputs: Readonly<Record<string, Block>>;
  /** What of the mean is left in the products' rows, scaled: all of it, or what float32 has rounded off. */
  readonly #left: Float64Array;

  constructor(runner: GraphRunner, x: Matrix, placement: Placement) {
    const { mean, scale, rows } = placement;
    const rounded = Float32Array.from(mean);
    this.x = x;
    this.#placement = placement;
    this.#runner = runner;
    this.#inputs = rows === "given" ? {} : { mean: [rounded, x.cols], scale: [Float32Array.of(scale), 1] };
    this.#left = rows === "given" ? mean : mean.map((value, c) => (value - rounded[c]!) * scale);
  }

  /**
   * Sum of y yᵀ over the rows, y = (x - true mean) scale, float64 [cols, cols], and the true mean, which may be another than
   * the one rows were moved by. Both hold what is not finite if the rows do, or if they are too large for float32.
   */
  async scatter(checkpoint: Checkpoint): Promise<{ scatter: Float64Array; mean: Float64Array }> {
    const { rows, cols } = this.x;
    let parts = Math.min(MOST_PARTS, Math.max(1, Math.floor(cols / PART_COLUMNS)));
    while (cols % parts !== 0) parts--;
    const side = cols / parts;
    const pairs = Array.from({ length: parts }, (_, r) =>
      Array.from({ length: r + 1 }, (_, c) => ({
        r,
        c,
        product: new Float32Array(side * side),
        sums: new Float64Array(side * side),
      })),
    ).flat();
    const blockMeans = new Float32Array(cols);
    const means = new Float64Array(cols);
    const outputs: Record<string, Block> = { means: [blockMeans, cols] };
    for (const { r, c, product } of pairs) outputs[`scatter${r}_${c}`] = [product, side, side];
    await this.#each(scatterGraph(this.#placement.rows, parts), {}, side, checkpoint, () => outputs, (high) => {
      for (const { product, sums } of pairs) for (let p = 0; p < sums.length; p++) sums[p]! += product[p]!;
      for (let c = 0; c < cols; c++) means[c]! += (blockMeans[c]! * high) / rows;
    }); // prettier-ignore
    const scatter = new Float64Array(cols * cols);
    for (const { r, c, sums } of pairs) {
      for (let p = 0; p < sums.length; p++) {
        const row = r * side + Math.floor(p / side);
        const column = c * side + (p % side);
        const value = sums[p]! - rows * means[row]! * means[column]!;
        scatter[row * cols + column] = scatter[column * cols + row] = value;
      }
    }
    const { scale, mean, rows: kind } = this.#placement;
    const moved = kind === "given" ? undefined : Float32Array.from(mean);
    return { scatter, mean: means.map((value, c) => value / scale + (moved?.[c] ?? 0)) };
  }

  /** The scatter times each axis, float64 [count, cols], without the scatter itself; rows must be moved. */
  async image(axes: Float64Array, count: number, checkpoint: Checkpoint): Promise<Float64Array> {
    const { cols } = this.x;
    const sums = new Float64Array(count * cols);
    const product = new Float32Array(count * cols);
    const more: Record<string, Block> = { axes: [Float32Array.from(axes), count, cols] };
    const outputs: Record<string, Block> = { image: [product, cols, count] };
    await this.#each(imageGraph, more, cols, checkpoint, () => outputs, () => {
      for (let c = 0; c < cols; c++) for (let j = 0; j < count; j++) sums[j * cols + c]! += product[c * count + j]!;
    }); // prettier-ignore
    return sums;
  }

  /** Coordinates of the rows along axes [count, cols], float32 [rows, count]. */
  async project(axes: Float64Array, count: number, checkpoint: Checkpoint): Promise<Float32Array> {
    const { rows, cols } = this.x;
    const out = new Float32Array(rows * count);
    const offset = new Float32Array(count);
    for (let j = 0; j < count; j++) {
      let along = 0;
      for (let c = 0; c < cols; c++) along += this.#left[c]! * axes[j * cols + c]!;
      offset[j] = -along;
    }
    const more: Record<string, Block> = {
      axes: [Float32Array.from(axes), count, cols],
      offset: [offset, count],
    };
    const graph = projectGraph(this.#placement.rows);
    await this.#each(graph, more, BLOCK_ROWS, checkpoint, (start, high) => ({
      coordinates: [out.subarray(start * count, (start + high) * count), high, count],
    })); // prettier-ignore
    return out;
  }

  async #each(
    graph: Graph,
    more: Readonly<Record<string, Block>>,
    productRows: number,
    checkpoint: Checkpoint,
    outputs: (start: number, high: number) => Readonly<Record<string, Block>>,
    take: (high: number) => void = () => undefined,
  ): Promise<void> {
    const { data, rows, cols } = this.x;
    const count = Math.max(1, Math.round(rows / BLOCK_ROWS));
    for (let b = 0; b < count; b++) {
      const start = b * BLOCK_ROWS;
      // The last block has from 1/2 to 3/2 of the others' rows, and is never a single row where there are two.
      const high = b === count - 1 ? rows - start : BLOCK_ROWS;
      checkpoint(start / rows);
      const x: Block = [data.subarray(start * cols, (start + high) * cols), high, cols];
      const inputs = { x, ...this.#inputs, ...more };
      await this.#runner.run(graph, inputs, outputs(start, high), Math.min(productRows, high));
      take(high);
    }
  }
}
