import { type Contingency, contingency, entropy, mutualInformation } from "./contingency.ts";

const EPSILON = 2 ** -52;

/**
 * Mutual information of two labellings by the mean of their entropies: 1 for equal groups under any names, 0 for
 * independent ones (scikit-learn's normalized_mutual_info_score). Not corrected for chance: many small groups raise it.
 * -1 is a label like any other.
 *
 * @throws KernelError `shape_mismatch`
 */
export function normalizedMutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return normalizedMutualInformationOf(contingency(a, b));
}

/** The same of a table that is there already. */
export function normalizedMutualInformationOf(table: Contingency): number {
  if (isTrivial(table)) return 1;
  const shared = mutualInformation(table);
  if (shared === 0) return 0;
  return shared / ((entropy(table.a, table.rows) + entropy(table.b, table.rows)) / 2);
}

/**
 * The same corrected for chance: 1 for equal groups, about 0 for unrelated ones whatever their number (Vinh, Epps and
 * Bailey 2010; scikit-learn's adjusted_mutual_info_score). Time: rows times the smaller number of groups.
 *
 * @throws KernelError `shape_mismatch`
 */
export function adjustedMutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const table = contingency(a, b);
  if (isTrivial(table)) return 1;
  // One group says nothing about several.
  if (table.a.length === 1 || table.b.length === 1) return 0;
  const shared = mutualInformation(table);
  const expected = expectedMutualInformation(table);
  const mean = (entropy(table.a, table.rows) + entropy(table.b, table.rows)) / 2;
  // Both differences are of nearly equal numbers where the expectation is nearly all there is.
  return atLeastEpsilon(shared - expected) / atLeastEpsilon(mean - expected);
}

function atLeastEpsilon(value: number): number {
  return value < 0 ? Math.min(value, -EPSILON) : Math.max(value, EPSILON);
}

export type VMeasure = {
  /** 1 if each group of b holds rows of one group of a only. */
  homogeneity: number;
  /** 1 if all rows of a group of a are in one group of b. */
  completeness: number;
  /** Their harmonic mean, weighted by beta. */
  vMeasure: number;
};

/**
 * How well groups `b` are those of the truth `a` (Rosenberg and Hirschberg 2007; scikit-learn's
 * homogeneity_completeness_v_measure). Not corrected for chance. -1 is a label like any other.
 *
 * @param options.beta weight of completeness, positive. Default 1.
 * @throws KernelError `shape_mismatch`
 */
export function vMeasure(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { beta = 1 }: { readonly beta?: number } = {},
): VMeasure {
  const table = contingency(a, b);
  if (table.rows === 0) return { homogeneity: 1, completeness: 1, vMeasure: 1 };
  const shared = mutualInformation(table);
  const ofA = entropy(table.a, table.rows);
  const ofB = entropy(table.b, table.rows);
  const homogeneity = ofA === 0 ? 1 : shared / ofA;
  const completeness = ofB === 0 ? 1 : shared / ofB;
  const both = beta * homogeneity + completeness;
  return {
    homogeneity,
    completeness,
    vMeasure: both === 0 ? 0 : ((1 + beta) * homogeneity * completeness) / both,
  };
}

/** The share of rows labelled -1; 0 if there is no row. */
export function noiseShare(labels: ArrayLike<number>): number {
  let noise = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === -1) noise++;
  return labels.length === 0 ? 0 : noise / labels.length;
}

/** One group on each side, or none: they agree. */
function isTrivial({ a, b }: Contingency): boolean {
  return a.length === b.length && a.length <= 1;
}

/** Of random labellings with the same sizes of groups (the hypergeometric model), in nats. */
function expectedMutualInformation({ rows, a, b }: Contingency): number {
  const logFactorials = new Float64Array(rows + 1);
  for (let i = 2; i <= rows; i++) logFactorials[i] = logFactorials[i - 1]! + Math.log(i);
  const lf = (n: number): number => logFactorials[n]!;
  const pairs = countSizes(a).flatMap(([x, timesX]) =>
    countSizes(b).map(([y, timesY]) => [x, y, timesX * timesY] as const),
  );
  let sum = 0;
  for (const [x, y, times] of pairs) {
    const fixed = lf(x) + lf(y) + lf(rows - x) + lf(rows - y) - lf(rows);
    let part = 0;
    for (let both = Math.max(1, x + y - rows); both <= Math.min(x, y); both++) {
      const likelihood = Math.exp(fixed - lf(both) - lf(x - both) - lf(y - both) - lf(rows - x - y + both));
      part += (both / rows) * Math.log((rows * both) / (x * y)) * likelihood;
    }
    sum += times * part;
  }
  return sum;
}

/** Groups of the same size are expected the same of. */
function countSizes(sizes: readonly number[]): [size: number, times: number][] {
  const times = new Map<number, number>();
  for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1);
  return [...times];
}
