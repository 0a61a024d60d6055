import type { ClusterTree } from "./cluster-tree.ts";
import type { CondensedTree } from "./condensed-tree.ts";
import type { CheckedOptions } from "./options.ts";

export type RowLabels = { labels: Int32Array; probabilities: Float64Array };

/**
 * A row gets the label of the selected cluster it last belonged to; its probability is the lambda at which it left, of the
 * largest at which anything leaves that cluster. scikit-learn 1.9's _do_labelling and get_probabilities.
 *
 * @param labelOf of labelsOfClusters
 */
export function labelRows(
  tree: CondensedTree,
  clusters: ClusterTree,
  selected: readonly number[],
  labelOf: Int32Array,
  options: CheckedOptions,
): RowLabels {
  const labels = new Int32Array(tree.rows).fill(-1);
  const probabilities = new Float64Array(tree.rows);
  // The whole as one cluster keeps only the rows that stay longest, or longer than epsilon.
  const epsilon = options.clusterSelectionEpsilon;
  const isWhole = selected.length === 1 && selected[0] === 0;
  const threshold = isWhole ? (epsilon === 0 ? clusters.death[0]! : 1 / epsilon) : 0;
  for (const [e, row] of tree.children.entries()) {
    if (row >= tree.rows) continue;
    const label = labelOf[tree.parents[e]! - tree.rows]!;
    const lambda = tree.lambdas[e]!;
    if (label < 0 || lambda < threshold) continue;
    const cluster = selected[label]!;
    if (cluster === 0 && !isWhole) continue;
    labels[row] = label;
    const most = clusters.death[cluster]!;
    probabilities[row] = most === 0 || lambda === Infinity ? 1 : Math.min(lambda, most) / most;
  }
  return { labels, probabilities };
}

/** For each cluster the label of the nearest selected one at or above it, or -1, int32 [clusters]. */
export function labelsOfClusters(clusters: ClusterTree, selected: readonly number[]): Int32Array {
  const labelOf = new Int32Array(clusters.clusters).fill(-1);
  for (const [label, cluster] of selected.entries()) labelOf[cluster] = label;
  for (let cluster = 1; cluster < clusters.clusters; cluster++) {
    if (labelOf[cluster] === -1) labelOf[cluster] = labelOf[clusters.parent[cluster]!]!;
  }
  return labelOf;
}
