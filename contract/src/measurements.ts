import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

/** Ours: what the checks of a conditional trigger have found. */
export const ListMeasurementsRequest = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
    after: Type.Optional(Nullable(Instant)),
    before: Type.Optional(Nullable(Instant)),
  },
  {
    additionalProperties: false,
    description:
      "Checks due at or after `after` and before `before`. The next page's `before` is the last due_at of this one.",
  },
);
export type ListMeasurementsRequest = Static<typeof ListMeasurementsRequest>;

export const Measurement = Type.Object(
  {
    due_at: Instant,
    measured_at: Instant,
    metric: Type.String(),
    value: Nullable(
      Type.Number({ description: "null when the check has measured nothing; `evidence` says why" }),
    ),
    p_value: Nullable(Type.Number()),
    baseline_run_id: Nullable(Type.String()),
    fired: Type.Boolean(),
    evidence: Type.Unsafe<Record<string, unknown>>(Type.Object({}, { additionalProperties: true })),
  },
  { $id: "Measurement" },
);
export type Measurement = Static<typeof Measurement>;

export const ListMeasurementsResponse = Type.Object({ measurements: Type.Array(Measurement) });
export type ListMeasurementsResponse = Static<typeof ListMeasurementsResponse>;
