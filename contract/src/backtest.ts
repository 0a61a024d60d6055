import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";
import { TriggerTypeName } from "./triggers.ts";

const AnyObject = Type.Unsafe<Record<string, unknown>>(Type.Object({}, { additionalProperties: true }));

const window = {
  /** The window is (after, before]: 30 days up to now unless given. */
  after: Type.Optional(Nullable(Instant)),
  before: Type.Optional(Nullable(Instant)),
  /** How many of the decisions are listed. */
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, default: 100 })),
};

/** A trigger that does not exist yet. */
export const BacktestDraftRequest = Type.Object(
  {
    cluster_id: Type.String(),
    trigger_type: TriggerTypeName,
    schedule_config: AnyObject,
    ...window,
  },
  { additionalProperties: false },
);
export type BacktestDraftRequest = Static<typeof BacktestDraftRequest>;

/** A trigger that exists; keys of `schedule_config` replace its own for the test, null removes one. */
export const BacktestTriggerRequest = Type.Object(
  { schedule_config: Type.Optional(Nullable(AnyObject)), ...window },
  { additionalProperties: false },
);
export type BacktestTriggerRequest = Static<typeof BacktestTriggerRequest>;

export const BacktestDecision = Type.Object({
  first_due: Instant,
  last_due: Instant,
  count: Type.Integer(),
  outcome: Type.String(),
  reason: Type.String(),
  evidence: AnyObject,
});
export type BacktestDecision = Static<typeof BacktestDecision>;

/** Decisions and the due instants they cover, by reason. */
const ByReason = Type.Unsafe<Record<string, { decisions: number; instants: number }>>(
  Type.Object({}, { additionalProperties: true }),
);

export const BacktestResume = Type.Object({
  /** What would be written at once: the span of the pause, and what the trigger is due for then. */
  decisions: Type.Array(BacktestDecision),
  fires_at_once: Type.Boolean(),
  next: Nullable(Instant),
});
export type BacktestResume = Static<typeof BacktestResume>;

export const BacktestResponse = Type.Object({
  /** One paragraph for a person. */
  text: Type.String(),
  after: Instant,
  before: Instant,
  /** Executions it would have made, and due instants that would not have fired. */
  firings: Type.Integer(),
  suppressed: Type.Integer(),
  by_reason: ByReason,
  /** The first `limit` of them, oldest first. */
  decisions: Type.Array(BacktestDecision),
  decisions_total: Type.Integer(),
  /** Null when no run of the cluster has completed. */
  expected_compute_minutes: Nullable(Type.Number()),
  /** What a run is taken to last: the median of the cluster's newest completed runs, and of how many. */
  run_duration_ms: Nullable(Type.Integer()),
  run_duration_from: Type.Integer(),
  /** What the trigger really did in the window, runs by hand not counted as firings; null for a draft, and where its decisions are not stored. */
  actual: Nullable(Type.Object({ firings: Type.Integer(), by_reason: ByReason })),
  /** Where the past is not stored, and what is therefore not in the figures. */
  unknown: Type.Array(Type.Object({ from: Instant, to: Instant, what: Type.String() })),
  assumptions: Type.Array(Type.String()),
  /** What happens if the trigger is resumed now; null unless it is paused or failed. */
  resume: Nullable(BacktestResume),
});
export type BacktestResponse = Static<typeof BacktestResponse>;
