import { KernelError } from "../kernel-error.ts";
import { checkLabels } from "./check-labels.ts";

/** A value that more of a cluster's documents have than of the others. */
export type AttributeShare = {
  /** Position of the attribute in a row's values. */
  readonly attribute: number;
  readonly value: string | number | boolean;
  /** Documents of the cluster that have it, and their share of the cluster, from 0 to 1. */
  readonly count: number;
  readonly share: number;
  /** The share here by the share among the documents of all other clusters; Infinity where none of those has it. */
  readonly lift: number;
};

export type ClassAttributesOptions = {
  /** Values a cluster. Default 5. */
  readonly topN?: number;
  /** Documents of the cluster that must have the value. Default 2. */
  readonly minCount?: number;
  /** The least share of the cluster. Default 0.2. */
  readonly minShare?: number;
  /** The least lift. Default 1.5. */
  readonly minLift?: number;
};

/** Standard deviations above what the other clusters' share lets expect: less comes about by chance in many clusters. */
const DEVIATIONS = 3;

/**
 * What a cluster's documents have in common that the others have not, told by attributes instead of words: c-TF-IDF
 * (Grootendorst 2022, BERTopic) with an attribute's value as the word. A value weighs share * ln(1 + A / f), `share` being its
 * share of the cluster, f the documents of all clusters that have it, A the mean size of a cluster. It must be
 * over-represented: by `minLift` against the documents of the other clusters, and by three standard deviations of a draw
 * of the cluster's size from those. Values that are no string, number or boolean count as missing. Best first; at a
 * tie the earlier attribute, then the value that comes first by code unit.
 *
 * Rows with the same array of values are counted together, so memory grows with the different arrays of each cluster.
 *
 * @param values each row's values, all of one length
 * @param labels cluster of each row, from 0; -1 is left out altogether
 * @returns found[c] for c from 0 to the highest label; [] where nothing stands out, as in a cluster that has no others beside it
 * @throws KernelError `shape_mismatch`, `bad_parameter`
 */
export function classAttributes(
  values: readonly (readonly unknown[])[],
  labels: ArrayLike<number>,
  options: ClassAttributesOptions = {},
): { found: AttributeShare[][] } {
  const { topN = 5, minCount = 2, minShare = 0.2, minLift = 1.5 } = options;
  checkLabels(labels, values.length, "rows of values");
  for (const [name, value] of Object.entries({ topN, minCount, minShare, minLift })) {
    if (!(value > 0)) throw new KernelError("bad_parameter", `${name} is ${value}; give a number above 0.`);
  }
  const clusters = countByCluster(values, labels);
  const inAll = new Map<string, number>();
  for (const { counts } of clusters) {
    for (const [key, { count }] of counts) inAll.set(key, (inAll.get(key) ?? 0) + count);
  }
  const filled = clusters.filter(({ size }) => size > 0).length;
  const all = clusters.reduce((sum, { size }) => sum + size, 0);
  const found = clusters.map(({ size, counts }) => {
    const others = all - size;
    if (others === 0) return [];
    const weighed: { readonly share: AttributeShare; readonly weight: number }[] = [];
    for (const [key, { attribute, value, count }] of counts) {
      const everywhere = inAll.get(key)!;
      const share = count / size;
      const elsewhere = (everywhere - count) / others;
      const lift = elsewhere === 0 ? Infinity : share / elsewhere;
      if (count < minCount || share < minShare || lift < minLift) continue;
      // Half a document more, so that a value nobody else has is not infinitely surprising.
      const expected = (everywhere - count + 0.5) / (others + 1);
      const deviation = Math.sqrt(size * expected * (1 - expected));
      if (count - size * expected < DEVIATIONS * deviation) continue;
      const weight = share * Math.log(1 + all / filled / everywhere);
      weighed.push({ share: { attribute, value, count, share, lift }, weight });
    }
    return weighed
      .sort((a, b) => b.weight - a.weight || before(a.share, b.share))
      .slice(0, topN)
      .map(({ share }) => share);
  });
  return { found };
}

type Counted = {
  readonly attribute: number;
  readonly value: AttributeShare["value"];
  count: number;
};

function countByCluster(
  values: readonly (readonly unknown[])[],
  labels: ArrayLike<number>,
): { size: number; counts: Map<string, Counted> }[] {
  const rows: Map<readonly unknown[], number>[] = [];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (label < 0) continue;
    while (rows.length <= label) rows.push(new Map());
    const own = rows[label]!;
    own.set(values[row]!, (own.get(values[row]!) ?? 0) + 1);
  }
  return rows.map((arrays) => {
    const counts = new Map<string, Counted>();
    let size = 0;
    for (const [array, times] of arrays) {
      size += times;
      for (const [attribute, value] of array.entries()) {
        if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue;
        const key = `${attribute} ${typeof value} ${value}`;
        const counted = counts.get(key);
        if (counted) counted.count += times;
        else counts.set(key, { attribute, value, count: times });
      }
    }
    return { size, counts };
  });
}

function before(a: AttributeShare, b: AttributeShare): number {
  if (a.attribute !== b.attribute) return a.attribute - b.attribute;
  return String(a.value) < String(b.value) ? -1 : 1;
}
