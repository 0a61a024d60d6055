/**
 * The order of clusters by their members, most first, the lower label at a tie: `order[i]` is the label of the cluster
 * that comes i-th. Clusters without members are left out; -1 is noise and belongs to none.
 */
export function largestFirst(labels: Int32Array, clusters: number): { order: Int32Array; sizes: Int32Array } {
  const sizes = new Int32Array(clusters);
  for (const label of labels) if (label >= 0) sizes[label]!++;
  const order = Int32Array.from(sizes.keys())
    .filter((cluster) => sizes[cluster]! > 0)
    .sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  return { order, sizes };
}
