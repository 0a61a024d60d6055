import type { Condition, ConditionProgress } from "./condition.ts";
import type { FinishedCheck } from "./finished-check.ts";

/** What a check has found and what was wanted, as the evidence of its decision. */
export function checkEvidence(
  condition: Condition,
  { dueAt, measuredAt, found }: FinishedCheck,
  checks: ConditionProgress,
  now: Date,
): Readonly<Record<string, unknown>> {
  const { type, metric, threshold, clearThreshold, consecutiveBreaches, minDocuments } = condition;
  const wanted = {
    condition_type: type,
    metric,
    measured_at: measuredAt.toISOString(),
    lateness_ms: now.getTime() - dueAt.getTime(),
  };
  switch (found.kind) {
    case "failed":
      return { ...wanted, error: found.error, ...found.details };
    case "too_few":
      return {
        ...wanted,
        documents: found.documents,
        needed: minDocuments,
        baseline: found.baseline,
      };
    case "no_baseline":
      return { ...wanted, documents: found.documents, needed: minDocuments, ...found.details };
    case "measured":
      return {
        ...wanted,
        value: found.value,
        threshold,
        ...(clearThreshold === threshold ? {} : { clear_threshold: clearThreshold }),
        p_value: found.pValue,
        ...(found.met === null ? {} : { met: found.met }),
        breaches: checks.breaches,
        consecutive_breaches: consecutiveBreaches,
        ...(checks.fired ? { not_cleared: true } : {}),
        documents: found.documents,
        baseline: found.baseline,
        ...found.details,
      };
  }
}
