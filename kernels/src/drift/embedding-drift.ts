import { GraphRunner } from "../engine/graph-runner.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { areaUnderCurve } from "./area-under-curve.ts";
import type { DriftOptions, DriftSample } from "./drift-sample.ts";
import { type PooledRows, poolRows } from "./pooled-rows.ts";
import { weightOfSide } from "./role-permutations.ts";
import { shrunkenDirections } from "./shrunken-directions.ts";
import { testSeparation } from "./separation.ts";

export type EmbeddingDrift = {
  /** max(0, 2 auc - 1), from 0 to 1; never more than the share of current that is not in the baseline. */
  value: number;
  /** Of the classifier's separation by permutation of documents, at least 1 / 2048. */
  pValue: number;
  /** The chance that the classifier ranks a row of current above one of the baseline; 0.5 is none, below is chance. */
  auc: number;
  /** Folds of the cross-validation: one for each document of the two samples. */
  folds: number;
};

/**
 * How well a linear classifier tells the samples apart (Lopez-Paz and Oquab 2017): a discriminant with a shrunken
 * covariance (Friedman 1989) scores each document fitted on all the others, which closed form makes as cheap as one fit.
 * A document that is in both samples is left out of both. Rows are compared by direction.
 *
 * The p-value permutes which documents are in which sample and asks how far apart the mean scores are. It is exact if, with
 * nothing changed, documents are drawn independently of each other; give documents that belong together one number.
 *
 * @param baseline vectors [m, d]  @param current vectors [n, d]
 * @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector`, `canceled`
 */
export async function embeddingDrift(
  baseline: DriftSample,
  current: DriftSample,
  options: DriftOptions = {},
): Promise<EmbeddingDrift> {
  throwIfCanceled(options.signal);
  const pooled = poolRows(baseline, current);
  const folds = pooled.starts.length - 1;
  return GraphRunner.use(options.threads, async (runner) => {
    const y = await shrunkenDirections(runner, pooled.x, options.signal);
    if (y === undefined) return { value: 0, pValue: 1, auc: 0.5, folds };
    const auc = areaUnderCurve(scoreRows(y, pooled), pooled.sides);
    const { pValue } = await testSeparation(runner, y, pooled, options);
    return { value: Math.max(0, 2 * auc - 1), pValue, auc, folds };
  });
}

/** Each row along the difference of the samples' means, its own document left out; float64 [rows]. */
function scoreRows({ data, rows, cols }: Matrix, pooled: PooledRows): Float64Array {
  const { starts, sides } = pooled;
  const weights = weightOfSide(pooled);
  const addRow = (sum: Float64Array, row: number, sign: number): void => {
    const weight = sign * weights[sides[row]!]!;
    for (let c = 0; c < cols; c++) sum[c]! += weight * data[row * cols + c]!;
  };
  const difference = new Float64Array(cols);
  for (let row = 0; row < rows; row++) addRow(difference, row, 1);
  const scores = new Float64Array(rows);
  const others = new Float64Array(cols);
  for (let d = 0; d + 1 < starts.length; d++) {
    others.set(difference);
    for (let row = starts[d]!; row < starts[d + 1]!; row++) addRow(others, row, -1);
    for (let row = starts[d]!; row < starts[d + 1]!; row++) {
      for (let c = 0; c < cols; c++) scores[row]! += others[c]! * data[row * cols + c]!;
    }
  }
  return scores;
}
