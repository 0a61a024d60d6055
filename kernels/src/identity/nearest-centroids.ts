import type { Matrix } from "../matrix.ts";

/** Each row of `from`: the nearest row of `to` (the one `prefer` says at a tie) and the distance. Float64. */
export function nearestCentroids(
  from: Matrix,
  to: Matrix,
  prefer: (a: number, b: number) => number,
): { readonly nearest: Int32Array; readonly distances: Float64Array } {
  const nearest = new Int32Array(from.rows).fill(-1);
  const distances = new Float64Array(from.rows).fill(Infinity);
  for (let a = 0; a < from.rows; a++) {
    for (let b = 0; b < to.rows; b++) {
      const distance = centroidDistance(from, a, to, b, distances[a]);
      if (distance > distances[a]! || (distance === distances[a]! && prefer(b, nearest[a]!) > 0)) continue;
      nearest[a] = b;
      distances[a] = distance;
    }
  }
  return { nearest, distances };
}

/** Euclidean; Infinity as soon as it is known to be more than `atMost`. */
export function centroidDistance(
  a: Matrix,
  row: number,
  b: Matrix,
  other: number,
  atMost = Infinity,
): number {
  const limit = atMost * atMost * (1 + 1e-12);
  let sum = 0;
  for (let c = 0; c < a.cols; c++) {
    sum += (a.data[row * a.cols + c]! - b.data[other * b.cols + c]!) ** 2;
    if (sum > limit) return Infinity;
  }
  return Math.sqrt(sum);
}
