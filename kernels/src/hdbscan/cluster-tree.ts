import type { CondensedTree } from "./condensed-tree.ts";

/** The clusters of a condensed tree; cluster 0 is the root, parents have lower numbers than their children. */
export type ClusterTree = {
  readonly clusters: number;
  /** Of each cluster; the root's is -1. int32 [clusters] */
  readonly parent: Int32Array;
  readonly childrenOf: readonly (readonly number[])[];
  /** Lambda at which each cluster leaves its parent, 0 for the root. float64 [clusters] */
  readonly birth: Float64Array;
  /** Largest lambda at which anything leaves each cluster. float64 [clusters] */
  readonly death: Float64Array;
  /** Rows of each cluster; the root's counts, as scikit-learn does, only rows in its child clusters. */
  readonly size: Int32Array;
  /** Sum over what leaves the cluster of (lambda - birth) * rows. float64 [clusters] */
  readonly stability: Float64Array;
};

export function clusterTree(tree: CondensedTree): ClusterTree {
  const { rows, clusters, parents, children, lambdas, sizes } = tree;
  const parent = new Int32Array(clusters).fill(-1);
  const childrenOf = Array.from({ length: clusters }, (): number[] => []);
  const birth = new Float64Array(clusters);
  const death = new Float64Array(clusters);
  const size = new Int32Array(clusters);
  const stability = new Float64Array(clusters);
  for (const [e, child] of children.entries()) {
    if (child < rows) continue;
    const cluster = child - rows;
    parent[cluster] = parents[e]! - rows;
    childrenOf[parent[cluster]]!.push(cluster);
    birth[cluster] = lambdas[e]!;
    size[cluster] = sizes[e]!;
    if (parents[e] === rows) size[0]! += sizes[e]!;
  }
  for (const [e, from] of parents.entries()) {
    const cluster = from - rows;
    death[cluster] = Math.max(death[cluster]!, lambdas[e]!);
    stability[cluster]! += (lambdas[e]! - birth[cluster]!) * sizes[e]!;
  }
  return { clusters, parent, childrenOf, birth, death, size, stability };
}
