import type { Matrix } from "#kernels/index.ts";

/** Some rows of a matrix, in that order. */
export function takeRows({ data, cols }: Matrix, chosen: Int32Array): Matrix {
  const own = new Float32Array(chosen.length * cols);
  for (const [row, from] of chosen.entries())
    own.set(data.subarray(from * cols, (from + 1) * cols), row * cols);
  return { data: own, rows: chosen.length, cols };
}
