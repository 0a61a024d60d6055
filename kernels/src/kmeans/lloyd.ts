import type { DistanceEngine } from "../engine/distance-engine.ts";
import { BoundedAssignment, type Checkpoint } from "./bounded-assignment.ts";
import { ClusterSums } from "./cluster-sums.ts";
import { moveCentres } from "./move-centres.ts";
import { pointCentres } from "./point-centres.ts";
import type { PreparedRows } from "./prepare-rows.ts";

export type LloydResult = {
  /** int32 [paddedRows] */
  labels: Int32Array;
  /** float64 [k, cols], in the units of the centred rows */
  centres: Float64Array;
  iterations: number;
  converged: boolean;
};

export type LloydLimits = {
  readonly maxIter: number;
  /** Of the squared movement of all centres, in the units of the prepared rows. */
  readonly tolerance: number;
  readonly blockRows: number | undefined;
  /** Whether centres are brought to length 1 after each move (Dhillon and Modha 2001). */
  readonly spherical: boolean;
};

/**
 * Lloyd's iterations as scikit-learn's _kmeans_single_lloyd makes them: assign, move the centres, stop when no label
 * changed or when the squared movement of the centres is at most `tolerance`; in the second case, and after `maxIter`
 * iterations, assign once more so that labels belong to the centres returned.
 */
export async function lloyd(
  engine: DistanceEngine,
  x: PreparedRows,
  start: Float64Array,
  limits: LloydLimits,
  checkpoint: Checkpoint,
): Promise<LloydResult> {
  const { maxIter, tolerance, blockRows, spherical } = limits;
  const k = start.length / x.cols;
  const assignment = new BoundedAssignment(engine, x, k, blockRows);
  const { labels } = assignment;
  const clusters = new ClusterSums(x, k);
  let centres = start;
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    await assignment.assign(centres, (f) => checkpoint((iteration - 1 + f) / (maxIter + 1)));
    const changed = clusters.update(labels);
    const moved = moveCentres(x, centres, labels, clusters);
    if (spherical) pointCentres(moved.centres, centres, x.cols);
    const movement = squaredMovement(centres, moved.centres);
    centres = moved.centres;
    if (changed === 0 && !moved.relocated) return { labels, centres, iterations: iteration, converged: true };
    if (movement <= tolerance || iteration === maxIter) {
      await assignment.assign(centres, (f) => checkpoint((iteration + f) / (maxIter + 1)));
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
