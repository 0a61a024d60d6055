import type { KnownCluster } from "./find-known.ts";

/**
 * Below this much of the cluster that a label was made for, another label is taken. A half: then most of what it names is
 * something else.
 */
const LEAST_FIT = 0.5;

export interface KeptLabel {
  readonly label: string | null;
  readonly labelFit: number;
}

/**
 * The label of a cluster: that of the one it continues, until so much has changed since the label was made that it would
 * name something else. The same words in another order are no other label.
 *
 * @param size of the cluster now
 * @param found what the documents of this run say
 */
export function keepLabel(known: KnownCluster | undefined, size: number, found: string | null): KeptLabel {
  if (!known || known.before.label === null) return { label: found, labelFit: 1 };
  const { before } = known;
  const labelFit = before.labelFit * keptShare(known, size);
  if (found !== null && labelFit < LEAST_FIT) {
    return { label: sameWords(found, before.label!) ? before.label : found, labelFit: 1 };
  }
  return { label: before.label, labelFit };
}

/** Of the members of both runs together; by the place alone nothing is known to have changed. */
function keptShare({ identity, before }: KnownCluster, size: number): number {
  if (identity.by !== "members") return 1;
  return identity.documents / (size + before.size - identity.documents);
}

function sameWords(a: string, b: string): boolean {
  const words = (text: string): string => text.split(", ").sort().join(", ");
  return words(a) === words(b);
}
