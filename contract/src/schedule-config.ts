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

/** What each kind of condition can be measured by; the first is taken when none is named. All are described in docs/triggers.md. */
export const conditionMetrics = {
  drift: ["embedding_drift", "cosine_drift", "euclidean", "mmd", "cluster_share"],
  volume: ["volume_change"],
  quality: ["quality_degradation", "davies_bouldin_degradation", "calinski_harabasz_degradation"],
  custom: ["webhook"],
} as const;

export type ConditionType = keyof typeof conditionMetrics;
export type ConditionMetric = (typeof conditionMetrics)[ConditionType][number];

/**
 * What a metric is compared with if a trigger names no threshold. Those of drift are from the experiment of docs/drift.md: with 2,000
 * documents on each side what nothing new leads to stays below them. A custom condition has none.
 */
export const defaultThresholds: Readonly<Record<Exclude<ConditionMetric, "webhook">, number>> = {
  embedding_drift: 0.04,
  cosine_drift: 0.0015,
  euclidean: 0.02,
  mmd: 0.012,
  cluster_share: 0.04,
  volume_change: 0.2,
  quality_degradation: 0.05,
  davies_bouldin_degradation: 0.05,
  calinski_harabasz_degradation: 0.1,
};

const metrics: readonly ConditionMetric[] = Object.values(conditionMetrics).flat();

export const ConditionalScheduleConfig = Type.Object(
  {
    condition_type: Type.Union([
      Type.Literal("drift"),
      Type.Literal("volume"),
      Type.Literal("quality"),
      Type.Literal("custom"),
    ]),
    // From 0 to 1 but for `custom`, whose values are its own and which has to have one; else `defaultThresholds`.
    threshold: Type.Optional(Type.Number({ minimum: -1e12, maximum: 1e12 })),
    metric: Type.Optional(
      Type.Unsafe<ConditionMetric>(Type.Union(metrics.map((metric) => Type.Literal(metric)))),
    ),
    clear_threshold: Type.Optional(Type.Number({ minimum: -1e12, maximum: 1e12 })),
    // Its floor is the server's limit (`below_floor`).
    check_interval_seconds: Type.Optional(Type.Integer({ maximum: 3_153_600_000 })),
    consecutive_breaches: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    min_documents: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000_000 })),
    webhook_url: Type.Optional(Type.String({ minLength: 1, maxLength: 8_192 })),
    ...everyType,
  },
  closed,
);
export type ConditionalScheduleConfig = Static<typeof ConditionalScheduleConfig>;

export const scheduleConfigs = {
  cron: CronScheduleConfig,
  interval: IntervalScheduleConfig,
  event: EventScheduleConfig,
  conditional: ConditionalScheduleConfig,
};
