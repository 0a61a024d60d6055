import { SIGNIFICANT_P } from "../conditions/condition.ts";
import type { StoredDecision } from "./list-decisions.ts";
import { iso, text } from "./sentence.ts";

/** The baseline as the evidence of checks names it. */
interface NamedBaseline {
  readonly run_id: string;
  readonly taken_at: string;
  readonly documents: number;
}

/** What a check found, as its evidence or its measurement has it. */
export type CheckEvidence = Readonly<Record<string, unknown>>;

/** Why a check fired. */
export function aboutMet({ evidence }: Pick<StoredDecision, "evidence">): string {
  const needed = Number(evidence.consecutive_breaches);
  const row =
    needed > 1 ? `, in ${text(evidence.breaches)} checks in a row, of which ${needed} are needed` : "";
  return `${measured(evidence)}${against(evidence)}${row}`;
}

/** Why it fired without anything to measure against. */
export function aboutNoBaseline({ evidence }: Pick<StoredDecision, "evidence">): string {
  const small = evidence.baseline as NamedBaseline | null | undefined;
  if (small) {
    return `the last completed run of its cluster, ${small.run_id}, has read ${documents(small.documents)} only, too few to measure ${text(evidence.metric)} against (${text(evidence.baseline_needed)} are needed), and there were ${documents(evidence.documents)}`;
  }
  return `there were ${documents(evidence.documents)} (${text(evidence.needed)} are needed), and no completed run of its cluster has left anything to measure ${text(evidence.metric)} against`;
}

/** Why a check did not fire: the condition did not hold, not for long enough, or had fired before. */
export function aboutBelow(evidence: CheckEvidence): string {
  const found = `${measured(evidence)}${against(evidence)}`;
  if (evidence.not_cleared === true) {
    const clear = text(evidence.clear_threshold ?? evidence.threshold);
    return `${found}; it has fired for that already, and is due again when it falls below ${clear} or another run completes`;
  }
  const { value, threshold, p_value: p } = evidence;
  const needed = Number(evidence.consecutive_breaches);
  if (Number(evidence.breaches) > 0) {
    return `${found}; that makes ${text(evidence.breaches)} checks in a row of the ${needed} that are needed`;
  }
  if (typeof value === "number" && value >= Number(threshold) && typeof p === "number") {
    return `${found}, which is too likely by chance: p must be below ${SIGNIFICANT_P}`;
  }
  return found;
}

/** Why nothing was measured. */
export function aboutTooFew(evidence: CheckEvidence): string {
  return `there were ${documents(evidence.documents)}, and ${text(evidence.needed)} are needed to measure ${text(evidence.metric)}`;
}

/** `embedding_drift was 0.02 (threshold 0.05, p 0.3)` */
function measured({ metric, value, met, threshold, p_value: p }: CheckEvidence): string {
  if (typeof met === "boolean") return `the ${text(metric)} answered ${met ? "that it is met" : "that it is not met"}`;
  const chance = typeof p === "number" ? `, p ${rounded(p)}` : "";
  const wanted = `(threshold ${text(threshold)}${chance})`;
  return typeof value === "number"
    ? `${text(metric)} was ${rounded(value)} ${wanted}`
    : `${text(metric)} lay below its noise ${wanted}`;
} // prettier-ignore

function against({ documents: now, baseline }: CheckEvidence): string {
  const before = baseline as NamedBaseline | null;
  if (!before) return ` with ${documents(now)}`;
  return ` with ${documents(now)} against the ${before.documents} of the run ${before.run_id} of ${iso(new Date(before.taken_at))}`;
}

function documents(count: unknown): string {
  return count === 1 ? "1 document" : `${text(count)} documents`;
}

/** Three digits that count. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
