import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";
import { ScheduleConfig, TriggerTypeName } from "./triggers.ts";

/** A trigger that is only thought of: its type and schedule_config, as for creating one. */
export const PreviewTriggerRequest = Type.Object(
  {
    trigger_type: TriggerTypeName,
    schedule_config: ScheduleConfig,
    from: Type.Optional({
      ...Nullable(Instant),
      description: "Preview it as if it were created then (now); from 1970 to 9999",
    }),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 10 })),
  },
  { additionalProperties: false },
);
export type PreviewTriggerRequest = Static<typeof PreviewTriggerRequest>;

const DaylightNote = Type.Enum(["dst_gap", "dst_overlap"]);

const Occurrence = Type.Object({
  at: Instant,
  local: Type.String({ description: "The same instant in the trigger's zone, with its offset from UTC" }),
  note: Type.Unsafe<"dst_gap" | "dst_overlap" | null>({
    ...Nullable(DaylightNote),
    description:
      "dst_gap: stands for a local time that the clock skips; dst_overlap: its local time comes twice",
  }),
});
export type Occurrence = Static<typeof Occurrence>;

const SkippedTime = Type.Object({
  at: Instant,
  local: Type.String({ description: "The local time that does not run, with the offset that holds at `at`" }),
  note: Type.Unsafe<"dst_gap" | "dst_overlap">({
    ...DaylightNote,
    description: "dst_gap: the clock skips it, and dst is skip; dst_overlap: it ran at its first pass",
  }),
});

export const PreviewTriggerResponse = Type.Object({
  occurrences: Type.Array(Occurrence, {
    description: "The next due instants, without jitter; fewer than asked for if the schedule ends",
  }),
  skipped: Type.Array(SkippedTime, {
    description: "What does not run up to `through` because the clock changes; the first 1,000",
  }),
  through: {
    ...Instant,
    description:
      "How far it looked: the last occurrence if there are as many as asked for, else end_at, at most a hundred years",
  },
});
export type PreviewTriggerResponse = Static<typeof PreviewTriggerResponse>;
