import type { KnownCluster } from "./find-known.ts";
import type { LabelCompanions } from "./run-side.ts";

/**
 * Below this much of the cluster that a label was made for, another label is taken. A half: then most of what it names is
 * something else.
 */
const LEAST_FIT = 0.5;

export interface FoundLabel {
  readonly label: string | null;
  /** What a language model gave along with it; null if the label is none of a model's. */
  readonly byModel: LabelCompanions | null;
}

export interface KeptLabel extends FoundLabel {
  readonly labelFit: number;
  /** Whether it is that of the cluster that is continued, to the letter. */
  readonly isKept: boolean;
}

/** Whether a cluster keeps its label whatever is found for it, so that no language model need be asked. */
export function keepsName(known: KnownCluster | undefined, size: number): known is KnownCluster {
  if (!known || known.before.label === null || known.before.byModel === null) return false;
  return fitOf(known, size) >= LEAST_FIT;
}

/**
 * The label of a cluster: that of the one it continues, until so much has changed since the label was made that it would
 * name something else. The same words in another order are no other label. A label without a model stands in for one that a
 * model could not give, and goes when it does.
 *
 * @param size of the cluster now
 * @param found what the documents of this run say, or the model
 */
export function keepLabel(known: KnownCluster | undefined, size: number, found: FoundLabel): KeptLabel {
  if (!known || known.before.label === null) return { ...found, labelFit: 1, isKept: false };
  const { label, byModel } = known.before;
  const labelFit = fitOf(known, size);
  const stoodIn = found.byModel !== null && byModel === null;
  if (found.label !== null && (labelFit < LEAST_FIT || stoodIn)) {
    const isKept = sameWords(found.label, label);
    return { ...found, label: isKept ? label : found.label, labelFit: 1, isKept };
  }
  return { label, byModel, labelFit, isKept: true };
}

/** How much is left of the cluster that the label was made for. */
function fitOf({ identity, before }: KnownCluster, size: number): number {
  // By the place alone nothing is known to have changed.
  if (identity.by !== "members") return before.labelFit;
  // Of the members of both runs together.
  return (before.labelFit * identity.documents) / (size + before.size - identity.documents);
}

function sameWords(a: string, b: string): boolean {
  const words = (text: string): string => text.split(", ").sort().join(", ");
  return words(a) === words(b);
}
