import { type CentredRows, squaredDistance } from "../engine/centred-rows.ts";
import type { ClusterSums } from "./cluster-sums.ts";

/**
 * The centres of the next iteration: the mean of each cluster. A cluster without rows gets the row that is farthest from
 * its own centre, which leaves the cluster it was in (scikit-learn, _k_means_common.pyx, _relocate_empty_clusters_dense);
 * at a tie the first such row. If every row lies on its centre there is nothing to move, and empty clusters go to the
 * centre of the largest (_average_centers).
 *
 * @returns the centres, float64 [k, cols], and whether a cluster was moved
 */
export function moveCentres(
  x: CentredRows,
  centres: Float64Array,
  labels: Int32Array,
  clusters: ClusterSums,
): { centres: Float64Array; relocated: boolean } {
  const { cols } = x;
  const next = clusters.sums.slice();
  const sizes = clusters.sizes.slice();
  const relocated = relocateEmpty(x, centres, labels, next, sizes);
  const largest = sizes.indexOf(sizes.reduce((a, b) => Math.max(a, b)));
  for (const [j, size] of sizes.entries()) {
    if (size > 0) for (let p = j * cols; p < (j + 1) * cols; p++) next[p]! /= size;
  }
  for (const [j, size] of sizes.entries()) {
    if (size === 0) next.copyWithin(j * cols, largest * cols, (largest + 1) * cols);
  }
  return { centres: next, relocated };
}

function relocateEmpty(
  x: CentredRows,
  centres: Float64Array,
  labels: Int32Array,
  sums: Float64Array,
  sizes: Int32Array,
): boolean {
  const empty = [...sizes.keys()].filter((j) => sizes[j] === 0);
  if (empty.length === 0) return false;
  const { data, rows, cols } = x;
  const distances = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    distances[i] = squaredDistance(data, i * cols, centres, labels[i]! * cols, cols);
  }
  const farthest = Int32Array.from({ length: rows }, (_, i) => i).sort(
    (a, b) => distances[b]! - distances[a]! || a - b,
  );
  if (distances[farthest[0]!] === 0) return false;
  for (const [rank, to] of empty.entries()) {
    const row = farthest[rank]! * cols;
    const from = labels[farthest[rank]!]!;
    for (let c = 0; c < cols; c++) {
      sums[from * cols + c]! -= data[row + c]!;
      sums[to * cols + c] = data[row + c]!;
    }
    sizes[from]! -= 1;
    sizes[to] = 1;
  }
  return true;
}
