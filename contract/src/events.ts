/**
 * What is recorded as an event, to be delivered to whoever subscribes: `<subject>.<what happened>`. A name is never
 * reused for something else. `data` of each is documented with its schema.
 */
export const EVENT_TYPES = {
  /** A run has completed and there was one before: `ExecutionChangesSummary` (changes.ts). */
  clusterChanged: "cluster.changed",
  /** A cluster's last result has become older than its `max_age_seconds`: `{last_success_at, max_age_seconds, age_seconds}`. */
  clusterTooOld: "cluster.too_old",
} as const;

export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];
