import type { Graph, GraphRunner } from "../engine/graph-runner.ts";
import { node } from "../engine/onnx-model.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { OwnParts } from "./own-parts.ts";
import { PermutationTest } from "./permutation-test.ts";
import { PermutedWeights } from "./permuted-weights.ts";
import type { PooledRows } from "./pooled-rows.ts";

/** weights [m, n], rows [n, d] -> sums [m, d] */
const weightedSums: Graph = {
  name: "weighted sums",
  nodes: [node("Gemm", ["weights", "rows"], "sums", [])],
  inputs: { weights: ["m", "n"], rows: ["n", "d"] },
  outputs: { sums: ["m", "d"] },
};

/** p is below 0.001 if none or one of them is as far apart. */
const PERMUTATIONS = 2047;

/** Differences that float32 products may lose or make, as a share of what was summed: they count as none. */
const ROUNDING = 1e-5;

export type Separation = {
  /** |D|², D the difference of the samples' means. */
  readonly squared: number;
  /**
   * What of it the documents give by themselves. The rest is how far apart the means lie of what the rows are drawn from,
   * squared and without bias: below 0 about half of the time if nothing has changed.
   */
  readonly own: number;
  readonly pValue: number;
};

/**
 * Whether the means of the samples lie apart, by permutation of documents' roles. The statistic, squared - own, is that of
 * a discriminant tested on documents it was not fitted on: the sum over documents of part · (D - part), their part of D.
 *
 * @param y one row for each of pooled's, centred
 */
export async function testSeparation(
  runner: GraphRunner,
  y: Matrix,
  pooled: PooledRows,
  { seed, signal }: { readonly seed?: number; readonly signal?: AbortSignal },
): Promise<Separation> {
  const { data, rows, cols } = y;
  const own = new OwnParts(pooled, (row, other) => {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += data[row * cols + c]! * data[other * cols + c]!;
    return sum;
  });
  const permuted = new PermutedWeights(pooled, own, seed);
  const tested = new PermutationTest(PERMUTATIONS);
  const atOnce = permutationsAtOnce(cols);
  const weights = new Float32Array(atOnce * rows);
  const sums = new Float32Array(atOnce * cols);
  const ownSums = new Float64Array(atOnce);
  const result = { squared: 0, own: 0 };
  for (let drawn = 0; !tested.isDone; drawn += atOnce) {
    throwIfCanceled(signal);
    for (let i = 0; i < atOnce; i++) ownSums[i] = permuted.next(weights, i * rows);
    await runner.run(
      weightedSums,
      { weights: [weights, atOnce, rows], rows: [data, rows, cols] },
      { sums: [sums, atOnce, cols] },
      atOnce,
    );
    for (let i = 0; i < atOnce; i++) {
      const squared = squaredLength(sums, i * cols, cols);
      if (drawn + i === 0) Object.assign(result, { squared, own: ownSums[0]! });
      else tested.add(squared - ownSums[i]! >= leastOf(result));
    }
  }
  return { ...result, pValue: tested.pValue };
}

/** No fewer than columns, up to 2,048, nor than 256, or a product would depend on the threads (row-blocks.ts). */
function permutationsAtOnce(cols: number): number {
  return 2 ** Math.min(11, Math.max(8, Math.ceil(Math.log2(cols))));
}

function leastOf({ squared, own }: { readonly squared: number; readonly own: number }): number {
  return squared - own - ROUNDING * (squared + own);
}

function squaredLength(values: Float32Array, at: number, length: number): number {
  let sum = 0;
  for (let p = at; p < at + length; p++) sum += values[p]! * values[p]!;
  return sum;
}
