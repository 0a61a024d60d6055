import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

/** Written as one schema of two types, which serialises several times faster than a union: pages hold up to 1,000 rows. */
const NullableInteger = Type.Unsafe<number | null>({ type: ["integer", "null"] });
const NullableString = Type.Unsafe<string | null>({ type: ["string", "null"] });

const beyondTheContract = {
  cursor: Type.Optional(
    Nullable(
      Type.String({ description: "null for the first page; then the `next_cursor` of the page before" }),
    ),
  ),
  triggered_after: Type.Optional(Nullable(Type.String({ format: "date-time", description: "at or after" }))),
  triggered_before: Type.Optional(Nullable(Type.String({ format: "date-time" }))),
};

export const TriggerHistoryRequest = Type.Object({
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  status_filter: Type.Optional(Nullable(Type.String())),
  ...beyondTheContract,
});
export type TriggerHistoryRequest = Static<typeof TriggerHistoryRequest>;

export const TriggerHistoryQuery = Type.Object({
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  status_filter: Type.Optional(Type.String()),
  cursor: Type.Optional(
    Type.String({ description: "empty for the first page; then the `next_cursor` of the page before" }),
  ),
  triggered_after: Type.Optional(Type.String({ format: "date-time", description: "at or after" })),
  triggered_before: Type.Optional(Type.String({ format: "date-time" })),
});
export type TriggerHistoryQuery = Static<typeof TriggerHistoryQuery>;

const page = {
  total: Type.Integer(),
  offset: Type.Integer(),
  limit: Type.Integer(),
  /** Only if the request had a cursor; null on the last page. */
  next_cursor: Type.Optional(NullableString),
};

export const TriggerExecutionHistoryItem = Type.Object({
  job_id: Type.String(),
  triggered_at: Instant,
  status: Type.String(),
  execution_time_ms: NullableInteger,
  error: NullableString,
  num_clusters: NullableInteger,
  num_documents: NullableInteger,
});

/** Answer of `POST /v1/clusters/triggers/{trigger_id}/history`. */
export const ClusterTriggerHistoryResponse = Type.Object({
  trigger_id: Type.String(),
  executions: Type.Array(TriggerExecutionHistoryItem),
  ...page,
});

export const TriggerExecutionHistory = Type.Object({
  task_id: Type.String(),
  triggered_at: Instant,
  status: Type.String(),
  execution_time_ms: NullableInteger,
  error: NullableString,
});

/** Answer of `GET /v1/triggers/{trigger_id}/history`. */
export const TriggerHistoryResponse = Type.Object({
  trigger_id: Type.String(),
  executions: Type.Array(TriggerExecutionHistory),
  ...page,
});
