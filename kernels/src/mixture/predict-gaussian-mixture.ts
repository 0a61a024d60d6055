import { type CentredRows } from "../engine/centred-rows.ts";
import { GraphRunner } from "../engine/graph-runner.ts";
import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { precisionsOf } from "./components.ts";
import { expect } from "./expect.ts";
import type { GaussianMixtureModel } from "./gaussian-mixture.ts";
import { toCentred } from "./units.ts";

export type MixturePrediction = {
  /** The likeliest component of each row, the lowest at a tie, int32 [rows]. */
  labels: Int32Array;
  /** ln of the density of each row, float64 [rows]. */
  logLikelihood: Float64Array;
  /** Probability of each component for each row, [rows, components]. */
  responsibilities: Matrix;
};

/**
 * New rows under fitted components: the component of the highest posterior probability (scikit-learn's predict,
 * predict_proba and score_samples). What a row gets does not depend on the rows beside it.
 *
 * @throws KernelError `shape_mismatch`, `too_few_points`, `not_finite`, `bad_parameter`, `canceled`
 */
export async function predictGaussianMixture(
  model: GaussianMixtureModel,
  x: Matrix,
  options: { readonly threads?: number; readonly signal?: AbortSignal } = {},
): Promise<MixturePrediction> {
  checkMatrix(x, "x");
  const k = model.weights.length;
  if (x.cols !== model.cols) {
    throw new KernelError(
      "shape_mismatch",
      `x has ${x.cols} columns; the model was fitted on ${model.cols}.`,
    );
  }
  const rows = movedTo(model, x);
  const components = toCentred(model, rows);
  const out = {
    labels: new Int32Array(x.rows),
    logLikelihood: new Float64Array(x.rows),
    responsibilities: new Float32Array(rows.paddedRows * k),
  };
  await GraphRunner.use(options.threads, (runner) =>
    expect(runner, rows, components, precisionsOf(components), out, () => throwIfCanceled(options.signal)),
  );
  const shift = x.cols * Math.log(rows.scale);
  return {
    labels: out.labels,
    logLikelihood: out.logLikelihood.map((value) => value + shift),
    responsibilities: { data: out.responsibilities.slice(0, x.rows * k), rows: x.rows, cols: k },
  };
}

/** Centred on the mean of the components and scaled by their size, not by that of the rows, of which a row must not depend. */
function movedTo({ weights, means, covariances }: GaussianMixtureModel, x: Matrix): CentredRows {
  const { cols } = x;
  const mean = new Float64Array(cols);
  for (let p = 0; p < means.length; p++) mean[p % cols]! += weights[Math.floor(p / cols)]! * means[p]!;
  let largest = 0;
  for (let p = 0; p < means.length; p++) largest = Math.max(largest, Math.abs(means[p]! - mean[p % cols]!));
  for (const value of covariances) largest = Math.max(largest, Math.sqrt(Math.abs(value)));
  const scale = largest === 0 ? 1 : 2 ** -Math.ceil(Math.log2(largest));
  const paddedRows = Math.max(x.rows, MIN_BLOCK_ROWS);
  const data = new Float32Array(paddedRows * cols);
  for (let p = 0; p < x.data.length; p++) data[p] = (x.data[p]! - mean[p % cols]!) * scale;
  return { data, rows: x.rows, paddedRows, cols, mean, scale };
}
