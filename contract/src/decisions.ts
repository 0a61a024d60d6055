import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

/** Every reason a decision can have, by outcome; a `check_failed` is an error. */
export const decisionReasons = {
  fired: ["on_time", "late", "catch_up", "manual", "threshold_reached", "condition_met", "no_baseline"],
  skipped: [
    "overlap",
    "missed",
    "paused",
    "trigger_failed",
    "disabled",
    "cooldown",
    "below_threshold",
    "insufficient_data",
    "dst_gap",
    "dst_overlap",
    "outside_bounds",
    "max_executions",
    "quota",
  ],
  error: ["check_failed"],
} as const;

export type DecisionReason = (typeof decisionReasons)[keyof typeof decisionReasons][number];

const AnyObject = Type.Unsafe<Record<string, unknown>>(Type.Object({}, { additionalProperties: true }));

const DecisionReasonName = Type.Enum([
  ...decisionReasons.fired,
  ...decisionReasons.skipped,
  ...decisionReasons.error,
]);

export const DecisionOutcome = Type.Enum(["fired", "skipped", "error"]);

/**
 * What was decided about the due instants in [first_due, last_due]. Every due instant up to the last decision lies in
 * exactly one such row; those with count 0 or the reason `manual` are marks that cover none.
 */
export const Decision = Type.Object({
  decision_id: Type.String(),
  trigger_id: Type.String(),
  first_due: Instant,
  last_due: Instant,
  count: Type.Integer(),
  decided_at: Instant,
  outcome: DecisionOutcome,
  reason: Type.String(),
  evidence: AnyObject,
  job_id: Nullable(Type.String()),
});
export type Decision = Static<typeof Decision>;

export const ListDecisionsRequest = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
    cursor: Type.Optional(Nullable(Type.String())),
    outcome: Type.Optional(Nullable(DecisionOutcome)),
    reason: Type.Optional(Nullable(DecisionReasonName)),
    after: Type.Optional(Nullable(Instant)),
    before: Type.Optional(Nullable(Instant)),
  },
  { additionalProperties: false },
);
export type ListDecisionsRequest = Static<typeof ListDecisionsRequest>;

export const ListDecisionsResponse = Type.Object({
  decisions: Type.Array(Decision),
  next_cursor: Nullable(Type.String()),
});

export const StateChange = Type.Object({
  at: Instant,
  actor: Type.String(),
  change: Type.String(),
  from_status: Nullable(Type.String()),
  to_status: Nullable(Type.String()),
  details: AnyObject,
});
export type StateChange = Static<typeof StateChange>;

export const ExplainQuery = Type.Object(
  { at: Type.Optional(Instant), namespace: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

export const Explanation = Type.Object({
  /** One paragraph for a person. */
  text: Type.String(),
  /** The due instant the answer is about; null if the trigger was not due around that time. */
  due: Nullable(Instant),
  decisions: Type.Array(Decision),
  state_changes: Type.Array(StateChange),
  /** When it will be due next. */
  next: Nullable(Instant),
});
export type Explanation = Static<typeof Explanation>;
