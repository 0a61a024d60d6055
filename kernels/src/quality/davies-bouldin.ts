import { squaredDistance } from "../engine/centred-rows.ts";
import type { Matrix } from "../matrix.ts";
import { checkClusterCount, clusterMeans, groupLabelledRows } from "./labelled-rows.ts";

/** Below this, distances count as zero: numpy's allclose, which scikit-learn asks. */
const ZERO = 1e-8;

/**
 * Mean over clusters of the worst ratio (spread + spread) / distance of means with another cluster; lower is better, 0 is
 * best (Davies and Bouldin 1979; scikit-learn's davies_bouldin_score). Rows labelled -1 are left out. 0 if no cluster has
 * spread or all means coincide, as in scikit-learn. Float64.
 *
 * @param labels [x.rows]
 * @throws KernelError `bad_clusters`, `bad_parameter`, `shape_mismatch`, `not_finite`
 */
export function daviesBouldin(x: Matrix, labels: ArrayLike<number>): number {
  const groups = groupLabelledRows(x, labels);
  checkClusterCount(groups, "labelled rows");
  const { order, bounds } = groups;
  const { cols } = x;
  const clusters = bounds.length - 1;
  const means = clusterMeans(x, groups);
  const spreads = new Float64Array(clusters);
  for (let c = 0; c < clusters; c++) {
    for (let i = bounds[c]!; i < bounds[c + 1]!; i++) {
      spreads[c]! += Math.sqrt(squaredDistance(x.data, order[i]! * cols, means, c * cols, cols));
    }
    spreads[c]! /= bounds[c + 1]! - bounds[c]!;
  }
  const worst = new Float64Array(clusters);
  let farthest = 0;
  for (let a = 0; a < clusters; a++) {
    for (let b = 0; b < a; b++) {
      const distance = Math.sqrt(squaredDistance(means, a * cols, means, b * cols, cols));
      farthest = Math.max(farthest, distance);
      const ratio = distance === 0 ? 0 : (spreads[a]! + spreads[b]!) / distance;
      worst[a] = Math.max(worst[a]!, ratio);
      worst[b] = Math.max(worst[b]!, ratio);
    }
  }
  if (farthest <= ZERO || spreads.every((spread) => spread <= ZERO)) return 0;
  return worst.reduce((sum, ratio) => sum + ratio, 0) / clusters;
}
