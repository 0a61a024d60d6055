/**
 * Root mean square distance of each cluster's members to its centre; null where clusters have none.
 *
 * @param labels cluster of each member, -1 for noise
 * @param distances of each member to its centre
 */
export function spreadsOf(
  labels: Int32Array,
  distances: Float32Array | null,
  clusters: number,
): (number | null)[] {
  if (distances === null) return new Array<null>(clusters).fill(null);
  const squares = new Float64Array(clusters);
  const members = new Float64Array(clusters);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label < 0) continue;
    squares[label]! += distances[i]! ** 2;
    members[label]! += 1;
  }
  return Array.from(squares, (sum, at) => (members[at]! > 0 ? Math.sqrt(sum / members[at]!) : null));
}
