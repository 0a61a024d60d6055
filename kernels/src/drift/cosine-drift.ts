import { GraphRunner } from "../engine/graph-runner.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { centredDirections } from "./centred-directions.ts";
import type { DriftOptions, DriftSample } from "./drift-sample.ts";
import { BASELINE, CURRENT, type PooledRows, poolRows } from "./pooled-rows.ts";
import { testSeparation } from "./separation.ts";

export type CosineDrift = {
  /**
   * 1 - cos of the angle between the mean directions, from 0 to 1 (at a right angle and beyond); null below the noise
   * floor, and where that is 0.5 or more.
   */
  value: number | null;
  /** By permutation of documents, at least 1 / 2048; null where the value is. */
  pValue: number | null;
  /** The value that chance alone gives on average, from 0 to 1: large where the means are too short to have a direction. */
  noiseFloor: number;
};

/** Where chance alone turns the mean by 60 degrees it has no direction that could have changed. */
const ANYWHERE = 0.5;

/** Means of unit vectors that are this short, squared, are roundings. */
const NO_DIRECTION = 1e-12;

/**
 * The angle between the mean directions of the samples. Where documents have no common direction, means are short and
 * point anywhere; the noise floor says so.
 *
 * @param baseline vectors [m, d]  @param current vectors [n, d]
 * @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector`, `canceled`
 */
export async function cosineDrift(
  baseline: DriftSample,
  current: DriftSample,
  options: DriftOptions = {},
): Promise<CosineDrift> {
  throwIfCanceled(options.signal);
  const pooled = poolRows(baseline, current);
  const before = meanOf(pooled, BASELINE);
  const after = meanOf(pooled, CURRENT);
  const lengths = Math.sqrt(dot(before, before) * dot(after, after));
  if (lengths <= NO_DIRECTION) return { value: null, pValue: null, noiseFloor: 1 };
  const { y, mean } = centredDirections(pooled.x);
  dropDirection(y, mean);
  const found = await GraphRunner.use(options.threads, (runner) =>
    testSeparation(runner, y, pooled, options),
  );
  const noiseFloor = Math.min(1, found.own / (2 * lengths));
  const value = oneLessCosine(before, after);
  return value < noiseFloor || noiseFloor >= ANYWHERE
    ? { value: null, pValue: null, noiseFloor }
    : { value, pValue: found.pValue, noiseFloor };
}

function meanOf({ x: { data, cols }, sides, ...pooled }: PooledRows, side: number): Float64Array {
  const count = side === BASELINE ? pooled.baselineRows : pooled.currentRows;
  const mean = new Float64Array(cols);
  for (let row = 0; row < sides.length; row++) {
    if ((sides[row]! & side) === 0) continue;
    for (let c = 0; c < cols; c++) mean[c]! += data[row * cols + c]! / count;
  }
  return mean;
}

/** Takes off what lies along the common mean: a sample that is only more or less spread has the same direction. */
function dropDirection({ data, rows, cols }: Matrix, mean: Float64Array): void {
  const squared = dot(mean, mean);
  if (squared <= NO_DIRECTION) return;
  for (let row = 0, at = 0; row < rows; row++, at += cols) {
    let along = 0;
    for (let c = 0; c < cols; c++) along += data[at + c]! * mean[c]!;
    along /= squared;
    for (let c = 0; c < cols; c++) data[at + c]! -= along * mean[c]!;
  }
}

/** From the difference, which keeps the digits of small angles; at most 1. */
function oneLessCosine(a: Float64Array, b: Float64Array): number {
  const la = Math.sqrt(dot(a, a));
  const lb = Math.sqrt(dot(b, b));
  let squared = 0;
  for (let c = 0; c < a.length; c++) squared += (a[c]! / la - b[c]! / lb) ** 2;
  return Math.min(1, squared / 2);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += a[c]! * b[c]!;
  return sum;
}
