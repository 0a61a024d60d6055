import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

export const TriggerTypeName = Type.Enum(["cron", "interval", "event", "conditional"]);
export const TriggerStatusName = Type.Enum(["active", "paused", "disabled", "failed"]);
export const TriggerActionType = Type.Enum([
  "cluster",
  "taxonomy_enrichment",
  "batch_rerun",
  "collection_trigger",
]);

const AnyObject = Type.Unsafe<Record<string, unknown>>(Type.Object({}, { additionalProperties: true }));

export const TriggerParams = Type.Object({ trigger_id: Type.String() });

export const TriggerExecutionConfig = Type.Object({
  collection_ids: Type.Array(Type.String(), { minItems: 1 }),
  config: AnyObject,
});
export type TriggerExecutionConfig = Static<typeof TriggerExecutionConfig>;

/** Its keys depend on the trigger's type: contract/src/schedule-config.ts. */
export const ScheduleConfig = Type.Unsafe<Record<string, unknown>>(
  Type.Object(
    {},
    { additionalProperties: true, description: "Keys by trigger_type; unknown ones are refused" },
  ),
);

const whatEveryTriggerHas = {
  trigger_type: TriggerTypeName,
  schedule_config: ScheduleConfig,
  description: Type.Optional(Nullable(Type.String())),
  status: Type.Optional(TriggerStatusName),
};

export const CreateClusterTriggerRequest = Type.Object({
  cluster_id: Type.Optional(Nullable(Type.String())),
  execution_config: Type.Optional(Nullable(TriggerExecutionConfig)),
  ...whatEveryTriggerHas,
});
export type CreateClusterTriggerRequest = Static<typeof CreateClusterTriggerRequest>;

export const CreateTriggerRequest = Type.Object({
  action_type: TriggerActionType,
  action_config: AnyObject,
  ...whatEveryTriggerHas,
});
export type CreateTriggerRequest = Static<typeof CreateTriggerRequest>;

/** The immutable fields are let through as anything, so that sending one is answered as such. */
export const UpdateTriggerRequest = Type.Object({
  schedule_config: Type.Optional(Nullable(ScheduleConfig)),
  description: Type.Optional(Nullable(Type.String())),
  status: Type.Optional(Nullable(TriggerStatusName)),
});
export type UpdateTriggerRequest = Static<typeof UpdateTriggerRequest>;

const list = {
  trigger_type: Type.Optional(Nullable(TriggerTypeName)),
  status: Type.Optional(Nullable(TriggerStatusName)),
  offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  sort_by: Type.Optional(Type.String({ default: "created_at" })),
  direction: Type.Optional(Type.String({ default: "desc" })),
};

export const ListClusterTriggersRequest = Type.Object({
  cluster_id: Type.Optional(Nullable(Type.String())),
  ...list,
});
export type ListClusterTriggersRequest = Static<typeof ListClusterTriggersRequest>;

export const ListTriggersRequest = Type.Object({
  action_type: Type.Optional(Nullable(TriggerActionType)),
  resource_id: Type.Optional(Nullable(Type.String())),
  ...list,
});
export type ListTriggersRequest = Static<typeof ListTriggersRequest>;

const state = {
  trigger_id: Type.String(),
  namespace_id: Type.String(),
  internal_id: Type.String(),
  trigger_type: TriggerTypeName,
  schedule_config: AnyObject,
  status: TriggerStatusName,
  /** Ours: why a failed trigger failed. */
  status_reason: Nullable(Type.String()),
  last_triggered_at: Nullable(Instant),
  next_scheduled_at: Nullable(Instant),
  execution_count: Type.Integer(),
  consecutive_failures: Type.Integer(),
  last_execution_status: Nullable(Type.String()),
  last_execution_error: Nullable(Type.String()),
  event_counter: Type.Integer(),
  last_cooldown_at: Nullable(Instant),
  created_at: Instant,
  updated_at: Instant,
  created_by: Nullable(Type.String()),
  description: Nullable(Type.String()),
};

export const ClusterTrigger = Type.Object({
  cluster_id: Nullable(Type.String()),
  execution_config: TriggerExecutionConfig,
  last_execution_job_id: Nullable(Type.String()),
  ...state,
});
export type ClusterTrigger = Static<typeof ClusterTrigger>;

export const GeneralTrigger = Type.Object({
  action_type: TriggerActionType,
  action_config: AnyObject,
  last_execution_task_id: Nullable(Type.String()),
  baseline_snapshot: Nullable(AnyObject),
  last_drift_measurement: Nullable(AnyObject),
  last_condition_check_at: Nullable(Instant),
  ...state,
});
export type GeneralTrigger = Static<typeof GeneralTrigger>;

const page = { total: Type.Integer(), offset: Type.Integer(), limit: Type.Integer() };
export const ListClusterTriggersResponse = Type.Object({ results: Type.Array(ClusterTrigger), ...page });
export const ListTriggersResponse = Type.Object({ results: Type.Array(GeneralTrigger), ...page });
