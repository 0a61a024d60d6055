import { squaredDistance } from "../engine/centred-rows.ts";
import type { Matrix } from "../matrix.ts";
import { checkClusterCount, clusterMeans, groupLabelledRows } from "./labelled-rows.ts";

/**
 * Ratio of the dispersion between clusters to the dispersion inside them, each by its degrees of freedom; higher is
 * better, no upper bound (Calinski and Harabasz 1974; scikit-learn's calinski_harabasz_score). Rows labelled -1 are left
 * out. 1 if every row lies on its cluster's mean, as in scikit-learn. Float64.
 *
 * @param labels [x.rows]
 * @throws KernelError `bad_clusters`, `bad_parameter`, `shape_mismatch`, `not_finite`
 */
export function calinskiHarabasz(x: Matrix, labels: ArrayLike<number>): number {
  const groups = groupLabelledRows(x, labels);
  checkClusterCount(groups, "labelled rows");
  const { order, bounds } = groups;
  const { cols } = x;
  const clusters = bounds.length - 1;
  const means = clusterMeans(x, groups);
  const whole = clusterMeans(x, { order, bounds: Int32Array.of(0, order.length) });
  let between = 0;
  let within = 0;
  for (let c = 0; c < clusters; c++) {
    between += (bounds[c + 1]! - bounds[c]!) * squaredDistance(means, c * cols, whole, 0, cols);
    for (let i = bounds[c]!; i < bounds[c + 1]!; i++) {
      within += squaredDistance(x.data, order[i]! * cols, means, c * cols, cols);
    }
  }
  return within === 0 ? 1 : (between * (order.length - clusters)) / (within * (clusters - 1));
}
