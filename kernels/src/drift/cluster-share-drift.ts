import { throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import type { DriftOptions, DriftSample } from "./drift-sample.ts";
import { PermutationTest } from "./permutation-test.ts";
import { labelPooledRows } from "./pooled-labels.ts";
import { BASELINE, CURRENT, poolRows } from "./pooled-rows.ts";
import { RolePermutations } from "./role-permutations.ts";

export type ClusterShareDrift = {
  /** Jensen–Shannon distance of the shares, base 2, from 0 (equal) to 1 (no cluster has rows of both). */
  value: number;
  /** By permutation of documents, at least 1 / 2048. */
  pValue: number;
  /** Share of the rows that are nearest to each centroid, float64 [k] */
  baselineShares: Float64Array;
  currentShares: Float64Array;
};

const PERMUTATIONS = 2047;

/** Values that differ by roundings only. */
const ROUNDING = 1e-9;

/**
 * How far the sizes of the clusters have moved, both samples assigned to the nearest centroid by direction. Shares of a
 * sample are never quite those of the whole: of 100 equal clusters two samples of 2,000 differ by 0.13 by chance alone, and
 * the p-value says so. New documents that lie near old centroids do not show.
 *
 * @param centroids those of the baseline's run, [k, d]
 * @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector`, `canceled`
 */
export async function clusterShareDrift(
  baseline: DriftSample,
  current: DriftSample,
  centroids: Matrix,
  options: DriftOptions = {},
): Promise<ClusterShareDrift> {
  const pooled = poolRows(baseline, current);
  const labels = await labelPooledRows(pooled, centroids, options);
  const shares = {
    baseline: new Float64Array(centroids.rows),
    current: new Float64Array(centroids.rows),
  };
  const distance = (sides: Uint8Array): number => {
    countShares(labels, sides, BASELINE, shares.baseline);
    countShares(labels, sides, CURRENT, shares.current);
    return shareDistance(shares.baseline, shares.current);
  };
  const value = distance(pooled.sides);
  const baselineShares = shares.baseline.slice();
  const currentShares = shares.current.slice();
  const permutations = new RolePermutations(pooled, Random.seeded(options.seed ?? 0));
  const sides = pooled.sides.slice();
  const tested = new PermutationTest(PERMUTATIONS);
  while (!tested.isDone) {
    if (tested.drawn % 256 === 0) throwIfCanceled(options.signal);
    permutations.draw(sides);
    tested.add(distance(sides) >= value - ROUNDING);
  }
  return { value, pValue: tested.pValue, baselineShares, currentShares };
}

function countShares(labels: Int32Array, sides: Uint8Array, side: number, shares: Float64Array): void {
  let rows = 0;
  shares.fill(0);
  for (let row = 0; row < labels.length; row++) {
    if ((sides[row]! & side) === 0) continue;
    shares[labels[row]!]!++;
    rows++;
  }
  for (let c = 0; c < shares.length; c++) shares[c]! /= rows;
}

/** The root of the mean divergence of both from their mean, in bits (Endres and Schindelin 2003). */
export function shareDistance(p: Float64Array, q: Float64Array): number {
  let divergence = 0;
  for (let c = 0; c < p.length; c++) {
    if (p[c] === q[c]) continue;
    const middle = (p[c]! + q[c]!) / 2;
    if (p[c]! > 0) divergence += p[c]! * Math.log2(p[c]! / middle);
    if (q[c]! > 0) divergence += q[c]! * Math.log2(q[c]! / middle);
  }
  return Math.min(1, Math.sqrt(Math.max(0, divergence / 2)));
}
