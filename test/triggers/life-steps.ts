import fc from "fast-check";

import type { NaiveFound, NaiveType } from "./naive-state.ts";
import { DAY, EXPRESSIONS, HOUR, MINUTE, ZONES } from "./naive-instants.ts";

/** Settings of a trigger; those that are instants are told in milliseconds from now (`start_in`), collections by number. */
export type Settings = Readonly<Record<string, string | number | boolean | null>>;
export type EndStatus = "completed" | "failed" | "canceled";

export type Step =
  | {
      readonly do: "create";
      readonly type: NaiveType;
      readonly cluster: number;
      readonly settings: Settings;
      readonly paused: boolean;
    }
  | { readonly do: "edit"; readonly trigger: number; readonly settings: Settings }
  | { readonly do: "pause" | "resume" | "disable" | "run"; readonly trigger: number }
  | { readonly do: "runCluster"; readonly cluster: number }
  | {
      readonly do: "documents";
      readonly collection: number;
      readonly added: number;
      readonly updated: number;
      readonly batches: number;
    }
  /** A worker takes what waits longest in one of the free clusters. */
  | { readonly do: "take"; readonly pick: number }
  | { readonly do: "end"; readonly pick: number; readonly status: EndStatus }
  /** Time passes; without a round nobody decides. */
  | { readonly do: "pass"; readonly ms: number; readonly round: boolean }
  /** To the instant at which a trigger is looked at next, or a little beside it, and a round. */
  | { readonly do: "toDue"; readonly trigger: number; readonly beside: number }
  /** A checker takes the check that waits longest and records what it found after a while. */
  | { readonly do: "check"; readonly found: NaiveFound; readonly takesMs: number }
  /** A checker takes a check and is frozen; and one of those wakes. */
  | { readonly do: "freezeCheck" }
  | { readonly do: "wakeCheck"; readonly pick: number; readonly found: NaiveFound }
  /** Due and checked, as often in a row; what its cluster has to compute then ends so, or is left. */
  | {
      readonly do: "checks";
      readonly trigger: number;
      readonly founds: readonly NaiveFound[];
      readonly status: EndStatus | null;
    }
  /** As often in a row: due, decided, taken, ended. */
  | { readonly do: "streak"; readonly trigger: number; readonly times: number; readonly status: EndStatus }
  | { readonly do: "explain"; readonly trigger: number; readonly pick: number };

export interface Life {
  readonly start: string;
  readonly failuresToFail: number;
  readonly first: readonly Step[];
  readonly steps: readonly Step[];
}

/** Which of its settings a type takes; the others are left out of an edit. */
export const SETTINGS_OF: Readonly<Record<string, readonly string[]>> = (() => {
  const every = ["start_in", "end_in", "max_executions", "overlap", "probation"];
  const time = [...every, "jitter_seconds", "missed", "catchup_window_seconds"];
  return {
    cron: [...time, "cron_expression", "timezone"],
    interval: [...time, "interval_seconds", "start_immediately", "anchor_in"],
    event: [...every, "event_type", "event_threshold", "cooldown_seconds", "collection"],
    conditional: [
      ...every,
      ...["condition_type", "threshold", "clear_threshold", "check_interval_seconds", "consecutive_breaches"],
    ],
  };
})();
const REQUIRED = [
  "cron_expression",
  "interval_seconds",
  "event_type",
  "event_threshold",
  "condition_type",
  "threshold",
];

const pick = fc.nat({ max: 11 });
const span = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 2000 }), weight: 2 },
  { arbitrary: fc.integer({ min: 1, max: 2 * MINUTE }), weight: 3 },
  { arbitrary: fc.integer({ min: MINUTE, max: 3 * HOUR }), weight: 4 },
  { arbitrary: fc.integer({ min: HOUR, max: 3 * DAY }), weight: 2 },
  { arbitrary: fc.integer({ min: 7 * DAY, max: 28 * DAY }), weight: 1 },
);

const values: Record<string, fc.Arbitrary<string | number | boolean>> = {
  cron_expression: fc.constantFrom(...Object.keys(EXPRESSIONS)),
  timezone: fc.constantFrom(...ZONES),
  interval_seconds: fc.constantFrom(60, 90, 600, 3600, 5400, 21_600, 86_400, 7),
  start_immediately: fc.boolean(),
  anchor_in: fc.integer({ min: -3 * DAY, max: 3 * DAY }),
  event_type: fc.constantFrom("documents_added", "documents_updated", "batch_completed"),
  event_threshold: fc.integer({ min: 1, max: 9 }),
  cooldown_seconds: fc.constantFrom(0, 5, 300, 7200),
  collection: fc.nat({ max: 2 }),
  start_in: fc.oneof(fc.integer({ min: -HOUR, max: HOUR }), fc.integer({ min: 0, max: 3 * DAY })),
  end_in: fc.oneof(fc.integer({ min: MINUTE, max: 3 * HOUR }), fc.integer({ min: MINUTE, max: 9 * DAY })),
  max_executions: fc.integer({ min: 1, max: 4 }),
  overlap: fc.constantFrom("skip", "buffer_one", "cancel_running", "allow"),
  probation: fc.boolean(),
  condition_type: fc.constant("volume"),
  threshold: fc.constantFrom(0.3, 0.5),
  clear_threshold: fc.constantFrom(0.1, 0.3),
  check_interval_seconds: fc.constantFrom(60, 600, 3600, 7200),
  consecutive_breaches: fc.integer({ min: 1, max: 3 }),
  jitter_seconds: fc.constantFrom(0, 1, 30, 600, 7200),
  missed: fc.constantFrom("once", "skip", "all"),
  catchup_window_seconds: fc.constantFrom(0, 120, 3600, 7200, 1_000_000),
};

/** A trigger's settings: the required ones, and each other one only sometimes, so that most are plain. */
function settingsOf(type: NaiveType): fc.Arbitrary<Settings> {
  const keys = SETTINGS_OF[type]!;
  const rare = new Set(["start_in", "end_in", "max_executions", "jitter_seconds", "anchor_in"]);
  const entries = keys.map((key) => {
    if (REQUIRED.includes(key)) return values[key]!;
const absent = { arbitrary: fc.constant(undefined), weight: rare.has(key) ? 5 : 2 };
    return fc.oneof(absent, { arbitrary: values[key]!, weight: 1 });
  });
  return fc
    .tuple(...entries)
    .map((given) => Object.fromEntries(keys.flatMap((key, at) => (given[at] === undefined ? [] : [[key, given[at]]]))));
} // prettier-ignore

const change: fc.Arbitrary<Settings> = fc.oneof(
  ...Object.keys(values).map((key) => {
    const value = REQUIRED.includes(key) ? values[key]! : fc.option(values[key]!, { freq: 3 });
    return value.map((given): Settings => ({ [key]: given }));
  }),
);

const create: fc.Arbitrary<Step> = fc
  .constantFrom<NaiveType>("cron", "interval", "interval", "event", "event", "conditional", "conditional")
  .chain((type) =>
    fc.record({
      do: fc.constant("create" as const),
      type: fc.constant(type),
      cluster: fc.nat({ max: 1 }),
      settings: settingsOf(type),
      paused: fc.nat({ max: 9 }).map((drawn) => drawn === 9),
    }),
  );
const outcome = fc.constantFrom<EndStatus>(
  "completed",
  "failed",
  "failed",
  "completed",
  "failed",
  "canceled",
);

const found: fc.Arbitrary<NaiveFound> = fc.record({
  kind: fc.constantFrom<NaiveFound["kind"]>(
    ...["measured", "measured", "measured", "measured", "no_baseline", "no_baseline", "too_few", "failed"] as const,
  ),
  value: fc.constantFrom(null, 0.05, 0.2, 0.2, 0.3, 0.49, 0.5, 0.9, 0.9),
  p: fc.constantFrom(null, null, null, 0.0001, 0.001, 0.4),
}); // prettier-ignore

const moves: { arbitrary: fc.Arbitrary<Step>; weight: number }[] = [
  { arbitrary: fc.record({ do: fc.constant("pass"), ms: span, round: fc.nat({ max: 3 }).map((n) => n > 0) }), weight: 7 },
  { arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.integer({ min: -HOUR, max: -1 }), round: fc.boolean() }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("toDue"), trigger: pick, beside: fc.constantFrom(0, 0, -1, 1, 1000, 1001, 5000) }), weight: 8 },
  { arbitrary: fc.record({ do: fc.constant("documents"), collection: fc.nat({ max: 2 }), added: fc.nat({ max: 9 }), updated: fc.nat({ max: 9 }), batches: fc.nat({ max: 1 }) }), weight: 6 },
  { arbitrary: fc.record({ do: fc.constant("take"), pick }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant("end"), pick, status: outcome }), weight: 8 },
  { arbitrary: fc.record({ do: fc.constant("edit"), trigger: pick, settings: fc.oneof(change, fc.tuple(change, change).map(([a, b]) => ({ ...a, ...b }))) }), weight: 6 },
  { arbitrary: fc.record({ do: fc.constantFrom("pause", "resume", "resume", "run"), trigger: pick }), weight: 6 },
  { arbitrary: fc.record({ do: fc.constant("disable"), trigger: pick }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("runCluster"), cluster: fc.nat({ max: 1 }) }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("streak"), trigger: pick, times: fc.integer({ min: 2, max: 6 }), status: outcome }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant("check"), found, takesMs: fc.constantFrom(0, 1, 900, 20_000, 40_000) }), weight: 5 },
  { arbitrary: fc.record({ do: fc.constant("checks"), trigger: pick, founds: fc.array(found, { minLength: 2, maxLength: 6 }), status: fc.constantFrom("completed", "completed", null, "failed") }), weight: 9 },
  { arbitrary: fc.constant({ do: "freezeCheck" as const }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant("wakeCheck"), pick, found }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant("explain"), trigger: pick, pick: fc.nat() }), weight: 4 },
  { arbitrary: create, weight: 1 },
]; // prettier-ignore

/** Beginnings near the changes of the zones' clocks, and one far from all. */
const STARTS = [
  "2026-03-07T20:00:00.000Z",
  "2026-03-28T21:30:00.500Z",
  "2026-05-04T10:00:00.000Z",
  "2026-10-24T23:10:00.000Z",
  "2026-10-31T22:00:00.250Z",
];

/** Without fast-check's bias, which makes small numbers and short lives: in those little happens. */
export const life: fc.Arbitrary<Life> = fc.noBias(
  fc.record({
    start: fc.constantFrom(...STARTS),
    failuresToFail: fc.constantFrom(1, 2, 3, 5),
    first: fc.array(create, { minLength: 1, maxLength: 3 }),
    steps: fc.array(fc.oneof(...moves), { minLength: 10, maxLength: 30, size: "max" }),
  }),
);
