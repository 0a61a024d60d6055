import { GraphRunner } from "../engine/graph-runner.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { CentredBlocks, type Checkpoint } from "./centred-blocks.ts";
import { type ColumnMoments, columnMoments } from "./column-moments.ts";
import { type CheckedOptions, checkOptions, type PcaOptions } from "./options.ts";
import { axesByRandomSubspace, axesOfColumns, axesOfRows, type PrincipalAxes } from "./principal-axes.ts";

/** What applyPca() takes, and JSON can keep; all float64, in the units of the input. */
export type PcaModel = {
  /** [cols] */
  readonly mean: Float64Array;
  /** Orthonormal, [nComponents, cols]; the entry of the largest size is positive (scikit-learn's svd_flip). */
  readonly components: Float64Array;
  /** Variance along each component, descending, [nComponents] */
  readonly explainedVariance: Float64Array;
  readonly whiten: boolean;
};

export type PcaResult = {
  /** The rows' places along the components, [rows, nComponents]. */
  coordinates: Matrix;
  model: PcaModel;
  /** Share of the whole variance along each component, float64 [nComponents]; 0 if there is none. */
  explainedVarianceRatio: Float64Array;
  /** float64 [nComponents] */
  singularValues: Float64Array;
  /** Mean variance along the components left out; 0 if none is. */
  noiseVariance: number;
  /** Whether the components are those of random subspaces. */
  approximate: boolean;
  /** In words, for a reader of the result. */
  method: string;
};

/**
 * Principal components, following scikit-learn 1.9's PCA: rows are centred, not scaled.
 *
 * The same data, options and seed give the same bytes with any number of threads, on one kind of processor. The products
 * of the columns are float32, added up in float64, their eigenvectors float64: variances below a millionth of the largest
 * are roundings. Rows that are fewer than columns are multiplied in float64. The input is not copied.
 *
 * @param x [rows, cols], at least 2 rows
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points`, `not_finite`, `canceled`
 */
export async function pca(x: Matrix, options: PcaOptions = {}): Promise<PcaResult> {
  const moments = columnMoments(x);
  const checked = checkOptions(x, options);
  const { signal, onProgress, threads } = options;
  const stage =
    (from: number, share: number): Checkpoint =>
    (fraction) => {
      throwIfCanceled(signal);
      onProgress?.(from + share * fraction);
    };
  throwIfCanceled(signal);
  return GraphRunner.use(threads, async (runner) => {
    const blocks = new CentredBlocks(runner, x, moments);
    const found = await principalAxes(blocks, moments, checked, stage(0, 0.8));
    pointAxes(found.axes, x.cols);
    const { scale } = moments;
    const freedom = (x.rows - 1) * scale ** 2;
    const explainedVariance = found.squares.map((square) => square / freedom);
    const total = (Number.isNaN(found.total) ? totalSquares(x, moments) : found.total) / freedom;
    const left = Math.min(x.rows, x.cols) - checked.count;
    const model = { mean: moments.mean, components: found.axes, explainedVariance, whiten: checked.whiten };
    const coordinates = await blocks.project(projection(model, scale), checked.count, stage(0.8, 0.2));
    onProgress?.(1);
    return {
      coordinates: { data: coordinates, rows: x.rows, cols: checked.count },
      model,
      explainedVarianceRatio: explainedVariance.map((value) => (total > 0 ? value / total : 0)),
      singularValues: found.squares.map((square) => Math.sqrt(square) / scale),
      noiseVariance:
        left === 0 ? 0 : Math.max(0, total - explainedVariance.reduce((a, b) => a + b, 0)) / left,
      approximate: !checked.exact,
      method: checked.exact ? "principal components, exact" : "principal components by random subspaces",
    };
  });
}

/**
 * New rows along components found before.
 *
 * @throws KernelError `shape_mismatch`, `too_few_points` (no row), `not_finite`, `canceled`
 */
export async function applyPca(
  model: PcaModel,
  x: Matrix,
  options: { readonly threads?: number; readonly signal?: AbortSignal } = {},
): Promise<Matrix> {
  const { scale } = columnMoments(x);
  const cols = model.mean.length;
  const count = model.explainedVariance.length;
  if (x.cols !== cols) {
    throw new KernelError("shape_mismatch", `x has ${x.cols} columns; the components were found in ${cols}.`);
  }
  const data = await GraphRunner.use(options.threads, (runner) =>
    new CentredBlocks(runner, x, { mean: model.mean, scale }).project(projection(model, scale), count, () =>
      throwIfCanceled(options.signal),
    ),
  );
  return { data, rows: x.rows, cols: count };
}

async function principalAxes(
  blocks: CentredBlocks,
  moments: ColumnMoments,
  { count, exact, seed }: CheckedOptions,
  checkpoint: Checkpoint,
): Promise<PrincipalAxes> {
  const { data, rows, cols } = blocks.x;
  if (!exact) return axesByRandomSubspace(blocks, count, seed, checkpoint);
  if (rows >= cols) return axesOfColumns(blocks, count, checkpoint);
  const y = Float64Array.from(data, (value, p) => (value - moments.mean[p % cols]!) * moments.scale);
  return axesOfRows(y, rows, cols, count, checkpoint);
}

/** Turns each axis so that its entry of the largest size, the first of equals, is positive. */
function pointAxes(axes: Float64Array, cols: number): void {
  for (let at = 0; at < axes.length; at += cols) {
    let largest = at;
    for (let p = at; p < at + cols; p++) if (Math.abs(axes[p]!) > Math.abs(axes[largest]!)) largest = p;
    if (axes[largest]! < 0) for (let p = at; p < at + cols; p++) axes[p]! *= -1;
  }
}

/** Axes that take centred and scaled rows to coordinates in the units of the input, or whitened. float64 [count, cols] */
function projection({ components, explainedVariance, whiten }: PcaModel, scale: number): Float64Array {
  const cols = components.length / explainedVariance.length;
  return components.map((value, p) => {
    const deviation = Math.sqrt(explainedVariance[Math.floor(p / cols)]!);
    // scikit-learn's smallest divisor: a component without variance stays near 0.
    return value / (scale * (whiten ? Math.max(deviation, 2 ** -52) : 1));
  });
}

function totalSquares({ data, cols }: Matrix, { mean, scale }: ColumnMoments): number {
  let sum = 0;
  for (let p = 0; p < data.length;)
    for (let c = 0; c < cols; c++) sum += ((data[p++]! - mean[c]!) * scale) ** 2;
  return sum;
}
