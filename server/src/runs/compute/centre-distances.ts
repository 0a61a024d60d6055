import type { Matrix } from "#kernels/index.ts";

/** Euclidean distance of each row to the centre of its cluster, NaN for noise. float32 [rows] */
export function centreDistances(x: Matrix, labels: Int32Array, centres: Matrix): Float32Array {
  const { cols } = x;
  return Float32Array.from(labels, (label, row) => {
    if (label < 0) return NaN;
    let sum = 0;
    for (let col = 0; col < cols; col++) {
      const difference = x.data[row * cols + col]! - centres.data[label * cols + col]!;
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  });
}
