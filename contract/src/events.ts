/**
 * What is recorded as an event, to be delivered to whoever subscribes: `<subject>.<what happened>`. A name is never
 * reused for something else. `data` of each is documented with its schema.
 */
export const EVENT_TYPES = {
  /** A run has completed and there was one before: `ExecutionChangesSummary` (changes.ts). */
  clusterChanged: "cluster.changed",
} as const;

export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];
