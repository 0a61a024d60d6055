import { type CentredRows, centreRows } from "../engine/centred-rows.ts";
import { GraphRunner } from "../engine/graph-runner.ts";
import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { type Components, precisionsOf } from "./components.ts";
import { type Checkpoint, expect, type Expected } from "./expect.ts";
import { maximize } from "./maximize.ts";
import { type CheckedOptions, checkOptions, type GaussianMixtureOptions } from "./options.ts";
import { startingComponents } from "./starting-components.ts";
import { toInput } from "./units.ts";

/** The fitted components, in the units of the input: what predictGaussianMixture() takes, and JSON can keep. */
export type GaussianMixtureModel = Components;

export type GaussianMixtureResult = {
  model: GaussianMixtureModel;
  /** The likeliest component of each row, the lowest at a tie, int32 [rows]. */
  labels: Int32Array;
  /** ln of the density of each row, float64 [rows]. */
  logLikelihood: Float64Array;
  /** Probability of each component for each row, [rows, nComponents], if asked for. */
  responsibilities?: Matrix;
  /** Mean ln of the density of a row in the last iteration, before its components moved (scikit-learn's lower_bound_). */
  lowerBound: number;
  /** Iterations of the run that was kept. */
  iterations: number;
  /** Whether that run ended by `tol`, before maxIter. */
  converged: boolean;
};

/**
 * A mixture of normal distributions by expectation and maximisation (Dempster, Laird and Rubin 1977), following
 * scikit-learn 1.9's GaussianMixture.
 *
 * The same data, options and seed give the same bytes with any number of threads, on one kind of processor. Products are
 * float32 on centred rows, and what cancels in them is computed again in float64; sums, densities and components are
 * float64. All rows equal give components on that row with the variance regCovar. A copy of the data is made, and 4 bytes a
 * row and component.
 *
 * @param x [rows, cols], at least 2 rows
 * @throws KernelError `bad_parameter` (also when a covariance collapses), `shape_mismatch`, `too_few_points`, `not_finite`,
 *   `canceled`
 */
export async function gaussianMixture(
  x: Matrix,
  options: GaussianMixtureOptions = {},
): Promise<GaussianMixtureResult> {
  checkMatrix(x, "x");
  const checked = checkOptions(x, options);
  const { signal, onProgress, threads } = options;
  throwIfCanceled(signal);
  const rows = centreRows(x, Math.max(x.rows, MIN_BLOCK_ROWS));
  const k = checked.nComponents;
  const out = {
    labels: new Int32Array(x.rows),
    logLikelihood: new Float64Array(x.rows),
    responsibilities: new Float32Array(rows.paddedRows * k),
  };
  const best = await GraphRunner.use(threads, async (runner) => {
    let kept: Run | undefined;
    for (let run = 0; run < checked.nInit; run++) {
      const stage =
        (from: number, share: number): Checkpoint =>
        (fraction) => {
          throwIfCanceled(signal);
          onProgress?.((run + from + share * fraction) / checked.nInit);
        };
      const start = await startingComponents(runner, x, rows, checked, run, options, stage(0, 0.3));
      const fitted = await iterate(runner, rows, start, checked, out, stage(0.3, 0.6));
      if (kept === undefined || fitted.lowerBound > kept.lowerBound) kept = fitted;
    }
    // Labels and densities are those of the components returned, as scikit-learn's fit_predict makes sure.
    const finish: Checkpoint = (fraction) => {
      throwIfCanceled(signal);
      onProgress?.((checked.nInit - 0.1 + 0.1 * fraction) / checked.nInit);
    };
    await expect(runner, rows, kept!.components, precisionsOf(kept!.components), out, finish);
    return kept!;
  });
  throwIfCanceled(signal);
  onProgress?.(1);
  const shift = x.cols * Math.log(rows.scale);
  return {
    model: toInput(best.components, rows),
    labels: out.labels,
    logLikelihood: out.logLikelihood.map((value) => value + shift),
    ...(options.responsibilities === true
      ? { responsibilities: { data: out.responsibilities.slice(0, x.rows * k), rows: x.rows, cols: k } }
      : {}),
    lowerBound: best.lowerBound + shift,
    iterations: best.iterations,
    converged: best.converged,
  };
}

type Run = { components: Components; lowerBound: number; iterations: number; converged: boolean };

async function iterate(
  runner: GraphRunner,
  x: CentredRows,
  start: Components,
  { maxIter, tol, regCovar, covarianceType }: CheckedOptions,
  out: Expected,
  checkpoint: Checkpoint,
): Promise<Run> {
  let components = start;
  let lowerBound = -Infinity;
  for (let iteration = 1; ; iteration++) {
    const progress = (from: number) => (f: number) => checkpoint((iteration - 1 + from + f / 2) / maxIter);
    await expect(runner, x, components, precisionsOf(components), out, progress(0));
    components = await maximize(
      runner,
      x,
      out.responsibilities,
      covarianceType,
      regCovar * x.scale ** 2,
      progress(0.5),
    );
    const before = lowerBound;
    lowerBound = out.logLikelihood.reduce((sum, value) => sum + value, 0) / x.rows;
    const converged = Math.abs(lowerBound - before) < tol;
    if (converged || iteration === maxIter)
      return { components, lowerBound, iterations: iteration, converged };
  }
}
