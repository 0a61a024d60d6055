import { type CentredRows, centreRows } from "../engine/centred-rows.ts";
import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { normalizeRows } from "../normalize-rows.ts";

export type PreparedRows = CentredRows & {
  /** Squared length of each row, float64 [paddedRows]. */
  readonly norms: Float64Array;
  /** Mean over the columns of their variance. */
  readonly variance: number;
};

/**
 * Rows farther from the origin than this many times their spread are moved to their mean: products of the others lose
 * few digits, and what they lose is decided in float64 anyway, so they stay where they are and are not copied.
 */
const FAR = 4;

/** Squared lengths within these need no scale to keep products within float32. */
const SMALLEST = 2 ** -60;
const LARGEST = 2 ** 60;

/**
 * Rows ready for products: the caller's own where they are many, near the origin and of ordinary size, else a centred
 * copy. For cosine a copy of length 1 that is not centred, as a moved row has another direction.
 *
 * @throws KernelError what checkMatrix() and normalizeRows() throw
 */
export function prepareRows(x: Matrix, metric: "euclidean" | "cosine"): PreparedRows {
  const paddedRows = Math.max(x.rows, MIN_BLOCK_ROWS);
  const source = metric === "cosine" ? normalizeRows(x) : x;
  const { norms, offset, total } = measureRows(source, paddedRows);
  // A NaN or an infinity anywhere is one here: squares of float32 stay within float64.
  if (!Number.isFinite(total)) checkMatrix(x, "x");
  const squares = total / x.rows;
  const variance = Math.max(0, squares - offset) / x.cols;
  const ordinary = norms.every((norm, i) => i >= x.rows || norm === 0 || (norm > SMALLEST && norm < LARGEST));
  if (metric === "cosine" || (ordinary && offset <= FAR * (squares - offset))) {
    const data = paddedRows === x.rows ? source.data : padded(source.data, paddedRows * x.cols);
    return {
      data,
      rows: x.rows,
      paddedRows,
      cols: x.cols,
      mean: new Float64Array(x.cols),
      scale: 1,
      norms,
      variance,
    };
  }
  const rows = centreRows(x, paddedRows);
  const moved = measureRows({ ...x, data: rows.data.subarray(0, x.data.length) }, paddedRows);
  return { ...rows, norms: moved.norms, variance: Math.max(0, moved.total / x.rows - moved.offset) / x.cols };
}

/** Squared lengths and their sum, and the squared length of the mean, in one pass of four rows at a time. */
function measureRows(
  { data, rows, cols }: Matrix,
  paddedRows: number,
): { norms: Float64Array; offset: number; total: number } {
  const norms = new Float64Array(paddedRows);
  const sums = new Float64Array(cols);
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const p = i * cols;
    const q = p + cols;
    const r = q + cols;
    const s = r + cols;
    let n0 = 0;
    let n1 = 0;
    let n2 = 0;
    let n3 = 0;
    for (let c = 0; c < cols; c++) {
      const a = data[p + c]!;
      const b = data[q + c]!;
      const d = data[r + c]!;
      const e = data[s + c]!;
      sums[c]! += a + b + (d + e);
      n0 += a * a;
      n1 += b * b;
      n2 += d * d;
      n3 += e * e;
    }
    norms[i] = n0;
    norms[i + 1] = n1;
    norms[i + 2] = n2;
    norms[i + 3] = n3;
  }
  for (; i < rows; i++) {
    for (let c = 0; c < cols; c++) {
      const a = data[i * cols + c]!;
      sums[c]! += a;
      norms[i]! += a * a;
    }
  }
  let total = 0;
  for (let row = 0; row < rows; row++) total += norms[row]!;
  let offset = 0;
  for (let c = 0; c < cols; c++) offset += (sums[c]! / rows) ** 2;
  return { norms, offset, total };
}

function padded(data: Float32Array, length: number): Float32Array {
  const copy = new Float32Array(length);
  copy.set(data);
  return copy;
}
