import type { CentredRows } from "../engine/centred-rows.ts";
import type { GraphRunner } from "../engine/graph-runner.ts";
import type { Components } from "./components.ts";
import { BLOCK_ROWS, type Checkpoint } from "./expect.ts";
import { momentGraphs, weightedScatter } from "./graphs.ts";
import type { CovarianceType } from "./options.ts";

/** scikit-learn's 10 eps in float64: keeps the mean of an empty component finite. */
const EMPTY = 10 * 2 ** -52;

/** A variance this much smaller than the squares it is the difference of has lost too many digits in float32. */
const CANCELLED = 2 ** -7;

/**
 * The maximization step: weights, means and covariances of responsibilities, float32 [paddedRows, k]. Products of a block
 * are float32, blocks are added in float64; variances that cancel are computed again in float64.
 *
 * @param regCovar in the units of `x`
 */
export async function maximize(
  runner: GraphRunner,
  x: CentredRows,
  responsibilities: Float32Array,
  type: CovarianceType,
  regCovar: number,
  checkpoint: Checkpoint,
): Promise<Components> {
  const { cols } = x;
  const k = responsibilities.length / x.paddedRows;
  const moments = await addMoments(runner, x, responsibilities, k, type === "diag", checkpoint);
  const sizes = new Float64Array(k);
  for (let i = 0, at = 0; i < x.rows; i++) for (let j = 0; j < k; j++) sizes[j]! += responsibilities[at++]!;
  for (let j = 0; j < k; j++) sizes[j]! += EMPTY;
  const means = moments.sums.map((sum, p) => sum / sizes[Math.floor(p / cols)]!);
  const total = sizes.reduce((a, b) => a + b, 0);
  const weights = sizes.map((size) => size / total);
  const covariances =
    type === "diag"
      ? variances(x, responsibilities, sizes, means, moments.squareSums)
      : await scatters(runner, x, responsibilities, sizes, means, checkpoint);
  const stride = type === "diag" ? 1 : cols + 1;
  for (let j = 0; j < k; j++) {
    const from = type === "diag" ? j * cols : j * cols * cols;
    for (let c = 0; c < cols; c++) covariances[from + c * stride]! += regCovar;
  }
  return { type, cols, weights, means, covariances };
}

/** Sums of x and, if wanted, x² by component, float64 [k, cols]. */
async function addMoments(
  runner: GraphRunner,
  x: CentredRows,
  responsibilities: Float32Array,
  k: number,
  withSquares: boolean,
  checkpoint: Checkpoint,
): Promise<{ sums: Float64Array; squareSums: Float64Array }> {
  const { cols, paddedRows } = x;
  // A product must not be wider than high, or threads would share its columns and add in another order.
  const transposed = k > cols;
  const graph = momentGraphs(withSquares, transposed);
  const shape = transposed ? ([k, cols] as const) : ([cols, k] as const);
  const sums = new Float64Array(k * cols);
  const squareSums = new Float64Array(withSquares ? k * cols : 0);
  const product = new Float32Array(k * cols);
  const squares = new Float32Array(squareSums.length);
  // Here blocks must not overlap: what is left is a block of its own, and never a single row.
  for (const [start, rows] of separateBlocks(paddedRows)) {
    checkpoint(start / paddedRows / 2);
    await runner.run(
      graph,
      {
        x: [x.data.subarray(start * cols, (start + rows) * cols), rows, cols],
        weights: [responsibilities.subarray(start * k, (start + rows) * k), rows, k],
      },
      { sums: [product, ...shape], ...(withSquares ? { squareSums: [squares, ...shape] } : {}) },
      Math.max(k, cols),
    );
    addTo(sums, product, k, cols, transposed);
    if (withSquares) addTo(squareSums, squares, k, cols, transposed);
  }
  return { sums, squareSums };
}

/** First row and number of rows of blocks that cover all rows once; the last has from 1/2 to 3/2 of the others' rows. */
function separateBlocks(paddedRows: number): [number, number][] {
  const count = Math.max(1, Math.round(paddedRows / BLOCK_ROWS));
  return Array.from({ length: count }, (_, b) => {
    const start = b * BLOCK_ROWS;
    return [start, b === count - 1 ? paddedRows - start : BLOCK_ROWS];
  });
}

function addTo(
  sums: Float64Array,
  product: Float32Array,
  k: number,
  cols: number,
  transposed: boolean,
): void {
  for (let j = 0; j < k; j++) {
    for (let c = 0; c < cols; c++) sums[j * cols + c]! += product[transposed ? j * cols + c : c * k + j]!;
  }
}

/** Mean of squares less square of the mean; where that cancels, the sum of squared differences. float64 [k, cols] */
function variances(
  x: CentredRows,
  responsibilities: Float32Array,
  sizes: Float64Array,
  means: Float64Array,
  squareSums: Float64Array,
): Float64Array {
  const { cols, data, rows } = x;
  const k = sizes.length;
  const out = squareSums.map((sum, p) => sum / sizes[Math.floor(p / cols)]! - means[p]! ** 2);
  for (let j = 0; j < k; j++) {
    const columns = Int32Array.from({ length: cols }, (_, c) => c).filter(
      (c) => out[j * cols + c]! < CANCELLED * means[j * cols + c]! ** 2,
    );
    if (columns.length === 0) continue;
    const sums = new Float64Array(cols);
    for (let i = 0; i < rows; i++) {
      const weight = responsibilities[i * k + j]!;
      if (weight === 0) continue;
      for (const c of columns) sums[c]! += weight * (data[i * cols + c]! - means[j * cols + c]!) ** 2;
    }
    for (const c of columns) out[j * cols + c] = sums[c]! / sizes[j]!;
  }
  return out;
}

/** Weighted scatter around the means by component, float64 [k, cols, cols], symmetric to the last bit. */
async function scatters(
  runner: GraphRunner,
  x: CentredRows,
  responsibilities: Float32Array,
  sizes: Float64Array,
  means: Float64Array,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const { cols, paddedRows } = x;
  const k = sizes.length;
  const out = new Float64Array(k * cols * cols);
  const product = new Float32Array(cols * cols);
  const centres = Float32Array.from(means);
  const weights = new Float32Array(BLOCK_ROWS * 2);
  for (const [start, rows] of separateBlocks(paddedRows)) {
    checkpoint(0.5 + start / paddedRows / 2);
    const block = x.data.subarray(start * cols, (start + rows) * cols);
    for (let j = 0; j < k; j++) {
      let any = 0;
      for (let i = 0; i < rows; i++) any += weights[i] = responsibilities[(start + i) * k + j]!;
      if (any === 0) continue;
      await runner.run(
        weightedScatter,
        {
          x: [block, rows, cols],
          mean: [centres.subarray(j * cols, (j + 1) * cols), cols],
          weights: [weights.subarray(0, rows), rows, 1],
        },
        { scatter: [product, cols, cols] },
        cols,
      );
      for (let p = 0, at = j * cols * cols; p < product.length; p++) out[at + p]! += product[p]!;
    }
  }
  for (let j = 0; j < k; j++)
    symmetrize(out.subarray(j * cols * cols, (j + 1) * cols * cols), cols, sizes[j]!);
  return out;
}

function symmetrize(matrix: Float64Array, n: number, size: number): void {
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      const value = (matrix[r * n + c]! + matrix[c * n + r]!) / 2 / size;
      matrix[r * n + c] = matrix[c * n + r] = value;
    }
  }
}
