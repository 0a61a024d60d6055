import { Type, type Static } from "typebox";

import { DocumentFilters } from "./document-changes.ts";
import { Nullable } from "./nullable.ts";

export const DATE_UNITS = ["year", "month", "week", "day", "hour", "minute", "second"] as const;
export const DATE_PARTS = [
  "year", "month", "week", "day", "dayOfWeek", "dayOfYear", "hour", "minute", "second",
] as const; // prettier-ignore
export const AGGREGATION_FUNCTIONS = [
  "count", "count_distinct", "sum", "avg", "min", "max", "first", "last", "push", "add_to_set",
] as const; // prettier-ignore

export const GroupByField = Type.Object({
  field: Type.String(),
  alias: Type.Optional(Nullable(Type.String())),
  date_trunc: Type.Optional(Nullable(Type.Enum([...DATE_UNITS]))),
  date_part: Type.Optional(Nullable(Type.Enum([...DATE_PARTS]))),
});
export type GroupByField = Static<typeof GroupByField>;

export const AggregationOperation = Type.Object({
  function: Type.Enum([...AGGREGATION_FUNCTIONS]),
  field: Type.Optional(Nullable(Type.String())),
  alias: Type.String({ minLength: 1 }),
  distinct_field: Type.Optional(Nullable(Type.String())),
});
export type AggregationOperation = Static<typeof AggregationOperation>;

export const HavingCondition = Type.Object({
  field: Type.String(),
  operator: Type.String(),
  value: Type.Union([Type.Number(), Type.String()]),
});
export type HavingCondition = Static<typeof HavingCondition>;

export const RangeBucket = Type.Object({
  field: Type.String(),
  boundaries: Type.Array(Type.Number(), { minItems: 1, maxItems: 1_000 }),
  default_bucket: Type.Optional(Nullable(Type.String())),
});
export type RangeBucket = Static<typeof RangeBucket>;

export const DocumentAggregationRequest = Type.Object({
  group_by: Type.Array(GroupByField, { minItems: 1, maxItems: 20 }),
  aggregations: Type.Array(AggregationOperation, { minItems: 1, maxItems: 50 }),
  filters: Type.Optional(Nullable(DocumentFilters)),
  having: Type.Optional(Nullable(Type.Array(HavingCondition, { maxItems: 50 }))),
  unwind: Type.Optional(Nullable(Type.String())),
  range_buckets: Type.Optional(Nullable(Type.Array(RangeBucket, { maxItems: 20 }))),
  sort_by: Type.Optional(Nullable(Type.String())),
  /** `desc` unless given; without `sort_by` the groups' own values ascend. */
  sort_direction: Type.Optional(Nullable(Type.String())),
  limit: Type.Optional(Nullable(Type.Integer({ exclusiveMinimum: 0 }))),
});
export type DocumentAggregationRequest = Static<typeof DocumentAggregationRequest>;

const Open = Type.Object({}, { additionalProperties: true });

/** `group` by alias of the group's fields, `metrics` by alias of the aggregations. */
export const DocumentAggregationResponse = Type.Object({
  results: Type.Array(Type.Object({ group: Open, metrics: Open })),
  total_groups: Type.Integer(),
  query_info: Open,
});
export type DocumentAggregationResponse = Static<typeof DocumentAggregationResponse>;
