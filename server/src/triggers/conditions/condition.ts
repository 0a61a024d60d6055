import {
  conditionMetrics,
  defaultThresholds,
  type ConditionalScheduleConfig,
  type ConditionMetric,
  type ConditionType,
} from "#contract/schedule-config.ts";

/** What has to be found for a conditional trigger to fire. */
export interface Condition {
  readonly type: ConditionType;
  readonly metric: ConditionMetric;
  readonly threshold: number;
  /** After a firing the value must fall below this before the trigger can be due again. */
  readonly clearThreshold: number;
  /** Checks in a row that must find it. */
  readonly consecutiveBreaches: number;
  /** With fewer documents nothing is measured. */
  readonly minDocuments: number;
  /** Where a custom condition is asked. */
  readonly webhookUrl: string | null;
}

/** What the checks of a conditional trigger have found since its last change of baseline. */
export interface ConditionProgress {
  /** Checks in a row, up to the last one, that found the condition met. */
  readonly breaches: number;
  /** Whether it has fired and not been cleared since: then it is not due. */
  readonly fired: boolean;
}

/** Of a trigger that has not been checked, and after a new baseline. */
export const FRESH: ConditionProgress = { breaches: 0, fired: false };

/** Where a metric has a null distribution, chance must be less likely than this. */
export const SIGNIFICANT_P = 0.001;

const DEFAULT_MIN_DOCUMENTS = 100;

/** Of a trigger that names none. Throws for a custom condition, which has to. */
export function thresholdOf(metric: ConditionMetric): number {
  if (metric === "webhook") throw new Error("A custom condition has no threshold.");
  return defaultThresholds[metric];
}

/** A checked configuration with its defaults filled in. */
export function readCondition(config: ConditionalScheduleConfig): Condition {
  const { condition_type: type } = config;
  const metric = config.metric ?? conditionMetrics[type][0];
  const threshold = config.threshold ?? thresholdOf(metric);
  return {
    type,
    metric,
    threshold,
    clearThreshold: config.clear_threshold ?? threshold,
    consecutiveBreaches: config.consecutive_breaches ?? 1,
    minDocuments: config.min_documents ?? DEFAULT_MIN_DOCUMENTS,
    webhookUrl: config.webhook_url ?? null,
  };
}
