import type { CentredRows } from "../engine/centred-rows.ts";
import type { DistanceEngine } from "../engine/distance-engine.ts";
import { ClusterSums } from "./cluster-sums.ts";
import { moveCentres } from "./move-centres.ts";
import { assignNearest, type Checkpoint } from "./nearest-centres.ts";

export type LloydResult = {
  /** int32 [paddedRows] */
  labels: Int32Array;
  /** float64 [k, cols], in the units of the centred rows */
  centres: Float64Array;
  iterations: number;
  converged: boolean;
};

/**
 * Lloyd's iterations as scikit-learn's _kmeans_single_lloyd makes them: assign, move the centres, stop when no label
 * changed or when the squared movement of the centres is at most `tolerance`; in the second case, and after `maxIter`
 * iterations, assign once more so that labels belong to the centres returned.
 */
export async function lloyd(
  engine: DistanceEngine,
  x: CentredRows,
  start: Float64Array,
  limits: { readonly maxIter: number; readonly tolerance: number; readonly blockRows: number | undefined },
  checkpoint: Checkpoint,
): Promise<LloydResult> {
  const { maxIter, tolerance, blockRows } = limits;
  const labels = new Int32Array(x.paddedRows);
  const clusters = new ClusterSums(x, start.length / x.cols);
  let centres = start;
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    await assignNearest(engine, x, centres, labels, blockRows, (f) =>
      checkpoint((iteration - 1 + f) / (maxIter + 1)),
    );
    const changed = clusters.update(labels);
    const moved = moveCentres(x, centres, labels, clusters);
    const movement = squaredMovement(centres, moved.centres);
    centres = moved.centres;
    if (changed === 0 && !moved.relocated) return { labels, centres, iterations: iteration, converged: true };
    if (movement <= tolerance || iteration === maxIter) {
      await assignNearest(engine, x, centres, labels, blockRows, (f) =>
        checkpoint((iteration + f) / (maxIter + 1)),
      );
      return { labels, centres, iterations: iteration, converged: movement <= tolerance };
    }
  }
  throw new RangeError("maxIter is at least 1");
}

function squaredMovement(before: Float64Array, after: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < before.length; p++) sum += (after[p]! - before[p]!) ** 2;
  return sum;
}
