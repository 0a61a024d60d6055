import { GraphRunner } from "../engine/graph-runner.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, checkShape, type Matrix } from "../matrix.ts";
import { CentredBlocks, type Checkpoint } from "./centred-blocks.ts";
import { type CheckedOptions, checkOptions, type PcaOptions } from "./options.ts";
import { type Placement, placementOf, placeRows, squaredLength } from "./placement.ts";
import {
  axesByRandomSubspace,
  axesOfRows,
  axesOfScatter,
  exactScatter,
  type PrincipalAxes,
} from "./principal-axes.ts";

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
  checkShape(x, "x");
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
    const { axes, squares, total: all, mean, scale } = await principalAxes(runner, x, checked, stage(0, 0.8));
    pointAxes(axes, x.cols);
    const freedom = (x.rows - 1) * scale ** 2;
    const explainedVariance = squares.map((square) => square / freedom);
    const total = all / freedom;
    const left = Math.min(x.rows, x.cols) - checked.count;
    const model = { mean, components: axes, explainedVariance, whiten: checked.whiten };
    const coordinates = await project(runner, model, x, stage(0.8, 0.2));
    onProgress?.(1);
    return {
      coordinates,
      model,
      explainedVarianceRatio: explainedVariance.map((value) => (total > 0 ? value / total : 0)),
      singularValues: squares.map((square) => Math.sqrt(square) / scale),
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
  checkMatrix(x, "x");
  const cols = model.mean.length;
  if (x.cols !== cols) {
    throw new KernelError("shape_mismatch", `x has ${x.cols} columns; the components were found in ${cols}.`);
  }
  return GraphRunner.use(options.threads, (runner) =>
    project(runner, model, x, () => throwIfCanceled(options.signal)),
  );
}

/** Rows are placed by the model alone: what a row gets does not depend on the rows beside it. */
async function project(
  runner: GraphRunner,
  model: PcaModel,
  x: Matrix,
  checkpoint: Checkpoint,
): Promise<Matrix> {
  const { mean, explainedVariance, components, whiten } = model;
  const cols = mean.length;
  const count = explainedVariance.length;
  const spread = explainedVariance.reduce((a, b) => a + b, 0);
  const placement = placementOf(mean, squaredLength(mean), spread);
  // A component without variance has roundings of the largest: divided by less they would be larger than all else.
  const least = 2 ** -23 * Math.sqrt(explainedVariance[0]!) || 1;
  const axes = components.map((value, p) => {
    const deviation = Math.sqrt(explainedVariance[Math.floor(p / cols)]!);
    return value / (placement.scale * (whiten ? Math.max(deviation, least) : 1));
  });
  const data = await new CentredBlocks(runner, x, placement).project(axes, count, checkpoint);
  return { data, rows: x.rows, cols: count };
}

/** So few multiply-adds take some milliseconds in float64. */
const FEW_PRODUCTS = 2 ** 24;

/** Rows that show where the others lie, well enough to multiply them there. */
const SHOWN_ROWS = 2048;

async function principalAxes(
  runner: GraphRunner,
  x: Matrix,
  { count, exact, seed }: CheckedOptions,
  checkpoint: Checkpoint,
): Promise<PrincipalAxes & { mean: Float64Array; scale: number }> {
  const { data, rows, cols } = x;
  if (exact && rows >= cols && rows * cols * cols > FEW_PRODUCTS) {
    const step = Math.max(1, Math.floor(rows / SHOWN_ROWS));
    for (const placement of [placeRows(x, step), undefined]) {
      const { scale, ...rest } = placement ?? placeRows(x);
      const found = await new CentredBlocks(runner, x, { scale, ...rest }).scatter(checkpoint);
      if ([found.scatter, found.mean].every((values) => values.every(Number.isFinite))) {
        return { ...axesOfScatter(found.scatter, cols, count), mean: found.mean, scale };
      }
      // Not finite, which is an error, or too large for the scale that those rows have shown.
      checkMatrix(x, "x");
    }
  }
  const placement: Placement = { ...placeRows(x), rows: "moved" };
  const { mean, scale } = placement;
  if (!exact) {
    const found = await axesByRandomSubspace(
      new CentredBlocks(runner, x, placement),
      count,
      seed,
      checkpoint,
    );
    return { ...found, total: totalSquares(x, placement), mean, scale };
  }
  if (rows >= cols) return { ...axesOfScatter(exactScatter(x, placement), cols, count), mean, scale };
  const y = Float64Array.from(data, (value, p) => (value - mean[p % cols]!) * scale);
  return { ...axesOfRows(y, rows, cols, count, checkpoint), mean, scale };
}

/** Turns each axis so that its entry of the largest size, the first of equals, is positive. */
function pointAxes(axes: Float64Array, cols: number): void {
  for (let at = 0; at < axes.length; at += cols) {
    let largest = at;
    for (let p = at; p < at + cols; p++) if (Math.abs(axes[p]!) > Math.abs(axes[largest]!)) largest = p;
    if (axes[largest]! < 0) for (let p = at; p < at + cols; p++) axes[p]! *= -1;
  }
}

function totalSquares({ data, cols }: Matrix, { mean, scale }: Placement): number {
  let sum = 0;
  for (let p = 0; p < data.length;)
    for (let c = 0; c < cols; c++) sum += ((data[p++]! - mean[c]!) * scale) ** 2;
  return sum;
}
