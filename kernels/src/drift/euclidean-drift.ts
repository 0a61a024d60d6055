import { GraphRunner } from "../engine/graph-runner.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import { centredDirections } from "./centred-directions.ts";
import type { DriftOptions, DriftSample } from "./drift-sample.ts";
import { poolRows } from "./pooled-rows.ts";
import { testSeparation } from "./separation.ts";

export type EuclideanDrift = {
  /** δ / (1 + δ), from 0 to 2/3; δ² = distance² - noise², or 0 if that is negative. */
  value: number;
  /** By permutation of documents, at least 1 / 2048. */
  pValue: number | null;
  /** Between the mean directions of the samples, from 0 to 2. */
  distance: number;
  /** What the distance would be by chance, for documents drawn from one population. */
  noise: number;
};

/**
 * How far the mean direction has moved, less what sampling alone moves it.
 *
 * @param baseline vectors [m, d]  @param current vectors [n, d]
 * @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector`, `canceled`
 */
export async function euclideanDrift(
  baseline: DriftSample,
  current: DriftSample,
  options: DriftOptions = {},
): Promise<EuclideanDrift> {
  throwIfCanceled(options.signal);
  const pooled = poolRows(baseline, current);
  const { y } = centredDirections(pooled.x);
  const found = await GraphRunner.use(options.threads, (runner) =>
    testSeparation(runner, y, pooled, options),
  );
  const moved = Math.sqrt(Math.max(0, found.squared - found.own));
  return {
    value: moved / (1 + moved),
    pValue: found.pValue,
    distance: Math.sqrt(found.squared),
    noise: Math.sqrt(found.own),
  };
}
