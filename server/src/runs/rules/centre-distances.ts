import type { Matrix } from "#kernels/index.ts";

/** Euclidean distance of each row to the centre of its cluster, NaN for noise. float32 [rows] */
export function centreDistances(x: Matrix, labels: Int32Array, centres: Matrix): Float32Array {
  const { data, cols } = x;
  const distances = new Float32Array(labels.length).fill(NaN);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (label < 0) continue;
    let sum = 0;
    for (let a = row * cols, b = label * cols; a < (row + 1) * cols; a++, b++) {
      sum += (data[a]! - centres.data[b]!) ** 2;
    }
    distances[row] = Math.sqrt(sum);
  }
  return distances;
}
