import type { ClusterTree } from "./cluster-tree.ts";

export type Selection = {
  readonly clusterSelectionMethod: "eom" | "leaf";
  readonly clusterSelectionEpsilon: number;
  readonly allowSingleCluster: boolean;
  /** Infinity for none. */
  readonly maxClusterSize: number;
};

/** The clusters that become labels, ascending: scikit-learn 1.9's _get_clusters, with its corner cases. */
export function selectClusters(tree: ClusterTree, options: Selection): number[] {
  const { clusterSelectionEpsilon: epsilon, allowSingleCluster } = options;
  const chosen = options.clusterSelectionMethod === "eom" ? excessOfMass(tree, options) : leaves(tree);
  if (epsilon === 0 || tree.clusters === 1) return chosen;
  if (chosen.length === 1 && chosen[0] === 0) return chosen;
  return [...new Set(chosen.map((cluster) => climb(tree, cluster, epsilon, allowSingleCluster)))].sort(
    (a, b) => a - b,
  );
}

/** Bottom up, a cluster stays if it is at least as stable as the best choice among its descendants together. */
function excessOfMass(tree: ClusterTree, options: Selection): number[] {
  const last = options.allowSingleCluster ? 0 : 1;
  const stability = tree.stability.slice();
  const stays = new Uint8Array(tree.clusters);
  for (let cluster = tree.clusters - 1; cluster >= last; cluster--) {
    const below = tree.childrenOf[cluster]!.reduce((sum, child) => sum + stability[child]!, 0);
    if (below > stability[cluster]! || tree.size[cluster]! > options.maxClusterSize) {
      stability[cluster] = below;
    } else {
      stays[cluster] = 1;
    }
  }
  const chosen: number[] = [];
  const covered = new Uint8Array(tree.clusters);
  for (let cluster = 0; cluster < tree.clusters; cluster++) {
    if (cluster > 0 && covered[tree.parent[cluster]!] === 1) covered[cluster] = 1;
    else if (stays[cluster] === 1) {
      covered[cluster] = 1;
      chosen.push(cluster);
    }
  }
  return chosen;
}

/** Clusters without child clusters; none if the root has none (then every row is noise, as in scikit-learn). */
function leaves(tree: ClusterTree): number[] {
  if (tree.clusters === 1) return [];
  return tree.childrenOf.flatMap((children, cluster) => (children.length === 0 ? [cluster] : []));
}

/**
 * A cluster that was born at a smaller distance than epsilon gives way to its first ancestor that was not (Malzer and
 * Baum 2020); below the root it is the one nearest to the root, unless a single cluster is allowed.
 */
function climb(tree: ClusterTree, cluster: number, epsilon: number, allowRoot: boolean): number {
  if (1 / tree.birth[cluster]! >= epsilon) return cluster;
  let at = cluster;
  for (;;) {
    const parent = tree.parent[at]!;
    if (parent === 0) return allowRoot ? 0 : at;
    if (1 / tree.birth[parent]! > epsilon) return parent;
    at = parent;
  }
}
