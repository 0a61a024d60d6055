import { KernelError } from "../kernel-error.ts";
import { completeBasis } from "../linear/complete-basis.ts";
import { largestEigenpairs } from "../linear/symmetric-eigen.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";

export type AlignedCoordinates = {
  /** All rows of `next`, turned and moved, [next.rows, cols]. */
  coordinates: Matrix;
  /** Root mean square distance of the pairs after it, in units of the coordinates. */
  residual: number;
};

/**
 * Turns, mirrors and moves a new map so that the rows it has in common with an old one come as near to their old places as
 * that allows (orthogonal Procrustes, Schönemann 1966): distances inside the new map stay as they are. Two runs' maps can
 * then be laid over each other, whatever signs and order their axes had. Float64.
 *
 * @param pairs [row of previous, row of next], at least one
 * @param options.scale whether to stretch the new map to the old one's size too. Default false.
 * @throws KernelError `shape_mismatch`, `too_few_points`, `bad_parameter`, `not_finite`
 */
export function alignCoordinates(
  previous: Matrix,
  next: Matrix,
  pairs: readonly (readonly [previous: number, next: number])[],
  options: { readonly scale?: boolean } = {},
): AlignedCoordinates {
  checkMatrix(previous, "previous");
  checkMatrix(next, "next");
  if (previous.cols !== next.cols) {
    throw new KernelError(
      "shape_mismatch",
      `previous has ${previous.cols} columns and next ${next.cols}; both maps must have the same.`,
    );
  }
  checkPairs(previous, next, pairs);
  const { cols } = next;
  const from = centroid(next, pairs, 1);
  const to = centroid(previous, pairs, 0);
  /** Sum over pairs of next columnᵀ previous column, [cols, cols] */
  const crossed = new Float64Array(cols * cols);
  let size = 0;
  for (const [before, after] of pairs) {
    for (let r = 0; r < cols; r++) {
      const moved = next.data[after * cols + r]! - from[r]!;
      size += moved * moved;
      for (let c = 0; c < cols; c++) {
        crossed[r * cols + c]! += moved * (previous.data[before * cols + c]! - to[c]!);
      }
    }
  }
  const { turn, sum } = nearestTurn(crossed, cols);
  const stretch = options.scale === true && size > 0 ? sum / size : 1;
  const data = new Float32Array(next.data.length);
  for (let i = 0; i < next.rows; i++) {
    for (let c = 0; c < cols; c++) {
      let value = to[c]!;
      for (let r = 0; r < cols; r++) {
        value += stretch * (next.data[i * cols + r]! - from[r]!) * turn[r * cols + c]!;
      }
      data[i * cols + c] = value;
    }
  }
  let squares = 0;
  for (const [before, after] of pairs) {
    for (let c = 0; c < cols; c++)
      squares += (data[after * cols + c]! - previous.data[before * cols + c]!) ** 2;
  }
  return { coordinates: { data, rows: next.rows, cols }, residual: Math.sqrt(squares / pairs.length) };
}

/** U Vᵀ of the singular value decomposition U S Vᵀ of a small square matrix, and the sum of S. */
function nearestTurn(matrix: Float64Array, n: number): { turn: Float64Array; sum: number } {
  const squared = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      for (let k = 0; k < n; k++) squared[r * n + c]! += matrix[k * n + r]! * matrix[k * n + c]!;
    }
  }
  const { values, vectors: right } = largestEigenpairs(squared, n, n);
  const left = new Float64Array(n * n);
  for (let s = 0; s < n; s++) {
    // Directions that no pair has: any turn of them will do, and completeBasis finds one.
    if (values[s]! <= 1e-20 * values[0]!) continue;
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) left[s * n + r]! += matrix[r * n + c]! * right[s * n + c]!;
    }
  }
  completeBasis(left, n, n);
  const turn = new Float64Array(n * n);
  let sum = 0;
  for (let s = 0; s < n; s++) {
    sum += Math.sqrt(Math.max(0, values[s]!));
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) turn[r * n + c]! += left[s * n + r]! * right[s * n + c]!;
    }
  }
  return { turn, sum };
}

function centroid(
  { data, cols }: Matrix,
  pairs: readonly (readonly [number, number])[],
  side: 0 | 1,
): Float64Array {
  const mean = new Float64Array(cols);
  for (const pair of pairs) for (let c = 0; c < cols; c++) mean[c]! += data[pair[side] * cols + c]!;
  return mean.map((sum) => sum / pairs.length);
}

function checkPairs(previous: Matrix, next: Matrix, pairs: readonly (readonly [number, number])[]): void {
  if (pairs.length === 0) {
    throw new KernelError("too_few_points", "There is no pair; give at least one row that both maps have.");
  }
  for (const [before, after] of pairs) {
    const inside = (row: number, rows: number): boolean => Number.isInteger(row) && row >= 0 && row < rows;
    if (inside(before, previous.rows) && inside(after, next.rows)) continue;
    throw new KernelError(
      "bad_parameter",
      `The pair [${before}, ${after}] is no pair of rows of maps with ${previous.rows} and ${next.rows} rows.`,
    );
  }
}
