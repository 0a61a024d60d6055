import { Type, type Static } from "typebox";

import { Nullable } from "./nullable.ts";

export const HealthQuery = Type.Object({
  deep: Type.Optional(Type.Boolean({ default: false })),
  metrics: Type.Optional(Type.Boolean({ default: false })),
});
export type HealthQuery = Static<typeof HealthQuery>;

/** The parts a health answer names, as the contract calls them. `cache` and `inference` are always true here. */
export const HEALTH_PARTS = [
  "cache",
  "metadata",
  "vector_store",
  "object_storage",
  "task_queue",
  "inference",
] as const;
export type HealthPart = (typeof HEALTH_PARTS)[number];

const serving = Type.Object({
  cache: Type.Boolean(),
  metadata: Type.Boolean(),
  vector_store: Type.Boolean(),
  object_storage: Type.Boolean(),
  task_queue: Type.Boolean(),
  inference: Type.Boolean(),
  analytics: Nullable(Type.Boolean()),
});

const text = Nullable(Type.String());
const problems = Type.Object({
  cache: text,
  metadata: text,
  vector_store: text,
  object_storage: text,
  task_queue: text,
  inference: text,
  analytics: text,
});

export const HealthCheckResponse = Type.Object({
  status: Type.Enum(["OK", "DEGRADED"]),
  data: serving,
  errors: Nullable(problems),
  meta: Nullable(Type.Object({}, { additionalProperties: true })),
});
export type HealthCheckResponse = Static<typeof HealthCheckResponse>;

export const BeatResponse = Type.Object({ status: Type.String() });
