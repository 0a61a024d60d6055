import { Type, type Static } from "typebox";

import { Instant } from "./nullable.ts";

/**
 * `schedule_config` by trigger type: every key there is, its type and bounds. Unknown keys are refused. Some values
 * are known but not built yet; the server says which (`not_supported`).
 */
const everyType = {
  start_at: Type.Optional(Instant),
  end_at: Type.Optional(Instant),
  max_executions: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
  overlap: Type.Optional(
    Type.Union([
      Type.Literal("skip"),
      Type.Literal("buffer_one"),
      Type.Literal("cancel_running"),
      Type.Literal("allow"),
    ]),
  ),
  probation: Type.Optional(Type.Boolean()),
};

const timeTypes = {
  jitter_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
  missed: Type.Optional(Type.Union([Type.Literal("once"), Type.Literal("skip"), Type.Literal("all")])),
  catchup_window_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_153_600_000 })),
};

const closed = { additionalProperties: false } as const;

export const CronScheduleConfig = Type.Object(
  {
    cron_expression: Type.String({ minLength: 1, maxLength: 500 }),
    timezone: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    dst: Type.Optional(Type.Union([Type.Literal("run_once"), Type.Literal("skip")])),
    ...timeTypes,
    ...everyType,
  },
  closed,
);
export type CronScheduleConfig = Static<typeof CronScheduleConfig>;

export const IntervalScheduleConfig = Type.Object(
  {
    // Its floor is the server's limit (`below_floor`); the ceiling is a century.
    interval_seconds: Type.Integer({ maximum: 3_153_600_000 }),
    start_immediately: Type.Optional(Type.Boolean()),
    anchor_at: Type.Optional(Instant),
    ...timeTypes,
    ...everyType,
  },
  closed,
);
export type IntervalScheduleConfig = Static<typeof IntervalScheduleConfig>;

export const EventScheduleConfig = Type.Object(
  {
    event_type: Type.Union([
      Type.Literal("documents_added"),
      Type.Literal("documents_updated"),
      Type.Literal("batch_completed"),
    ]),
    event_threshold: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000 }),
    collection_id: Type.Optional(Type.String({ minLength: 1 })),
    cooldown_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_153_600_000 })),
    ...everyType,
  },
  closed,
);
export type EventScheduleConfig = Static<typeof EventScheduleConfig>;

export const scheduleConfigs = {
  cron: CronScheduleConfig,
  interval: IntervalScheduleConfig,
  event: EventScheduleConfig,
};
