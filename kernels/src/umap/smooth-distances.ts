/** Per row: distance to what counts as the nearest neighbour, and the bandwidth of the decay beyond it; float32 [rows]. */
export type SmoothDistances = { readonly rhos: Float32Array; readonly sigmas: Float32Array };

export type NeighbourDistances = {
  /** float32 [rows, k], nearest first. */
  readonly distances: Float32Array;
  readonly k: number;
  /** Neighbours asked for, the row itself included: memberships of a row add up to its logarithm to base 2. */
  readonly nNeighbors: number;
  /** Leading columns that rho is taken from but memberships are not added up over: 0, or 1 for new rows (as umap-learn). */
  readonly skip: number;
  readonly localConnectivity: number;
};

const TOLERANCE = 1e-5;
const STEPS = 64;
/** A bandwidth is at least this share of the mean distance, so that near-duplicates do not cut a row off. */
const LEAST_SHARE = 1e-3;

/**
 * McInnes, Healy and Melville 2018, algorithm 3; umap-learn 0.5's smooth_knn_dist. Bisection for the bandwidth at which the
 * memberships of a row's neighbours add up to log2(nNeighbors).
 */
export function smoothDistances(given: NeighbourDistances): SmoothDistances {
  const { distances, k, nNeighbors, skip, localConnectivity } = given;
  const rows = distances.length / k;
  const rhos = new Float32Array(rows);
  const sigmas = new Float32Array(rows);
  // umap-learn's row holds the row itself at distance 0, which counts for the mean; its new rows have k = nNeighbors.
  const counted = Math.max(k, nNeighbors);
  const overall = sum(distances, 0, distances.length) / (rows * counted);
  const target = Math.log2(nNeighbors);
  for (let i = 0; i < rows; i++) {
    const from = i * k;
    const rho = Math.fround(connected(distances, from, from + k, localConnectivity));
    const sigma = bandwidth(distances, from + skip, from + k, rho, target);
    const mean = rho > 0 ? sum(distances, from, from + k) / counted : overall;
    rhos[i] = rho;
    sigmas[i] = Math.max(sigma, LEAST_SHARE * mean);
  }
  return { rhos, sigmas };
}

/** The `count`th distance above 0 (interpolated), or the largest there is. */
function connected(distances: Float32Array, from: number, to: number, count: number): number {
  let first = from;
  while (first < to && distances[first]! === 0) first++;
  const there = to - first;
  if (there === 0) return 0;
  if (there < count) return distances[to - 1]!;
  const whole = Math.floor(count);
  const part = count - whole;
  if (whole === 0) return part * distances[first]!;
  const rho = distances[first + whole - 1]!;
  if (part <= TOLERANCE || whole === there) return rho;
  return rho + part * (distances[first + whole]! - rho);
}

function bandwidth(distances: Float32Array, from: number, to: number, rho: number, target: number): number {
  let low = 0;
  let high = Infinity;
  let middle = 1;
  for (let step = 0; step < STEPS; step++) {
    let memberships = 0;
    for (let p = from; p < to; p++) {
      const beyond = distances[p]! - rho;
      memberships += beyond > 0 ? Math.exp(-beyond / middle) : 1;
    }
    if (Math.abs(memberships - target) < TOLERANCE) break;
    if (memberships > target) high = middle;
    else low = middle;
    middle = high === Infinity ? middle * 2 : (low + high) / 2;
  }
  return middle;
}

function sum(values: Float32Array, from: number, to: number): number {
  let total = 0;
  for (let p = from; p < to; p++) total += values[p]!;
  return total;
}
