/** Clusters that have members, largest first, and where each went; -1 is noise and belongs to none. */
export function bySize(labels: Int32Array, clusters: number) {
  const sizes = new Int32Array(clusters);
  for (const label of labels) if (label >= 0) sizes[label]!++;
  const kept = [...sizes.keys()]
    .filter((cluster) => sizes[cluster]! > 0)
    .sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const position = new Int32Array(clusters).fill(-1);
  for (const [index, cluster] of kept.entries()) position[cluster] = index;
  return { kept, sizes, position };
}
