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

/** Labels by the position of their cluster in `order`, which names every one that occurs; noise stays -1. */
export function relabel(labels: Int32Array, order: Int32Array): Int32Array {
  const position = new Int32Array(order.reduce((most, label) => Math.max(most, label), -1) + 1).fill(-1);
  for (const [index, cluster] of order.entries()) position[cluster] = index;
  return labels.map((label) => (label < 0 ? -1 : position[label]!));
}
