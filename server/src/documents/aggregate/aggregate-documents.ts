import { sql } from "kysely";

import type { DocumentAggregationResponse } from "#contract/document-aggregates.ts";
import type { Sql } from "../../db/database.ts";
import { AppError } from "../../platform/app-error.ts";
import { nextTurn } from "../../platform/timers.ts";
import { canonicalJson } from "../canonical-json.ts";
import { compareValues } from "../compare-values.ts";
import { fieldValueSql } from "../field-value.ts";
import { filterSql } from "../filters/filter-sql.ts";
import { lastOrdinal, readInWindows } from "../read-in-windows.ts";
import { Kept, newAccumulator, type Accumulator } from "./accumulators.ts";
import { datePart, readDate, truncateDate } from "./date-values.ts";
import { holdsFor } from "./having.ts";
import { bucketOf } from "./range-buckets.ts";
import type { KeyPart, Plan, Source } from "./read-aggregate.ts";

const MAX_GROUPS = 100_000;
/** Rows that are added up before others get a turn. */
const ROWS_A_TURN = 2_000;

interface Group {
  readonly values: readonly unknown[];
  readonly accumulators: readonly Accumulator[];
}

/**
 * Adds up the documents a plan is about, in the order they were first stored. The database filters and reads the fields the plan
 * needs, window by window; groups are kept here. Throws `invalid_value` when there are too many of them, or
 * too many values to keep.
 */
export async function aggregateDocuments(
  run: Sql,
  collectionId: string,
  plan: Plan,
): Promise<DocumentAggregationResponse> {
  const groups = new Groups(plan);
  let documents = 0;
  for await (const rows of readFields(run, collectionId, plan)) {
    for (const [index, { values }] of rows.entries()) {
      groups.add(values);
      if (index % ROWS_A_TURN === ROWS_A_TURN - 1) await nextTurn();
    }
    documents += rows.length;
  }
  const all = groups.results();
  const kept = all.filter((result) =>
    plan.having.every((having) => holdsFor(valueOf(result, having.name), having)),
  );
  kept.sort((a, b) => compareResults(plan, a, b));
  return {
    results: plan.limit === null ? kept : kept.slice(0, plan.limit),
    total_groups: kept.length,
    query_info: { documents_matched: documents, rows: groups.rows, groups_before_having: all.length },
  };
}

async function* readFields(run: Sql, collectionId: string, { fields, filter }: Plan) {
  const wanted = fields.map((field) => fieldValueSql(field, "d"));
  const values = sql<unknown[]>`to_jsonb(array[${sql.join(wanted)}]::jsonb[])`;
  const all = { after: 0, through: await lastOrdinal(run, collectionId) };
  yield* readInWindows(run, collectionId, all, (window) =>
    run
      .selectFrom("documents as d")
      .select(values.as("values"))
      .where("collection_id", "=", collectionId)
      .where("ordinal", ">", window.after)
      .where("ordinal", "<=", window.through)
      .$if(filter !== null, (query) => query.where(filterSql(filter!, "d")))
      .orderBy("ordinal")
      .execute(),
  );
}

class Groups {
  readonly #plan: Plan;
  readonly #groups = new Map<string, Group>();
  readonly #kept = new Kept();
  rows = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The values of one document, in the order of the plan's fields. */
  add(values: readonly unknown[]): void {
    const { unwind } = this.#plan;
    if (unwind === null) return this.#addRow(values, undefined);
    const list = values[unwind];
    const elements: unknown[] = Array.isArray(list) ? list : list === null ? [] : [list];
    for (const element of elements) this.#addRow(values, element);
  }

  #addRow(values: readonly unknown[], element: unknown): void {
    this.rows++;
    const read = (source: Source) =>
      "field" in source ? values[source.field] : valueIn(element, source.inElement);
    const group = this.#group(this.#plan.keys.map((part) => keyOf(part, read(part.source))));
    for (const [index, { source }] of this.#plan.metrics.entries()) {
      group.accumulators[index]!.add(source === null ? true : read(source));
    }
  }

  #group(values: readonly unknown[]): Group {
    const key = canonicalJson(values);
    let group = this.#groups.get(key);
    if (group) return group;
    if (this.#groups.size === MAX_GROUPS) {
      throw new AppError(
        "invalid_value",
        `There are more than ${MAX_GROUPS} groups. Filter, or group by something with fewer values.`,
        { details: { field: "group_by" } },
      );
    }
    group = {
      values,
      accumulators: this.#plan.metrics.map((metric) => newAccumulator(metric.function, this.#kept)),
    };
    this.#groups.set(key, group);
    return group;
  }

  results(): Result[] {
    const { keys, metrics } = this.#plan;
    return Array.from(this.#groups.values(), ({ values, accumulators }) => ({
      group: Object.fromEntries(keys.map(({ name }, index) => [name, values[index]])),
      metrics: Object.fromEntries(metrics.map(({ name }, index) => [name, accumulators[index]!.result])),
    }));
  }
}

type Result = DocumentAggregationResponse["results"][number] & {
  readonly group: Record<string, unknown>;
  readonly metrics: Record<string, unknown>;
};

/** As `fieldValueSql` reads a payload: where a level is an array, its first element that has the rest. */
function valueIn(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(value)) {
    return (
      value
        .filter((item) => !Array.isArray(item))
        .map((item) => valueIn(item, path))
        .find((found) => found !== null) ?? null
    );
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
  return valueIn((value as Record<string, unknown>)[name], rest);
}

function keyOf({ dateTrunc, datePart: part, buckets }: KeyPart, value: unknown): unknown {
  if (buckets) return bucketOf(value, buckets);
  if (dateTrunc == null && part == null) return value;
  const date = readDate(value);
  if (!date) return null;
  return dateTrunc != null ? truncateDate(date, dateTrunc) : datePart(date, part!);
}

/** An aggregation's name comes before a group's. */
function valueOf({ group, metrics }: Result, name: string): unknown {
  return Object.hasOwn(metrics, name) ? metrics[name] : group[name];
}

/** What has no value comes last either way; equal ones are in the order of their groups. */
function compareResults({ sortBy, descending, keys }: Plan, a: Result, b: Result): number {
  const sign = descending ? -1 : 1;
  const names = sortBy === null ? [] : [sortBy];
  for (const [left, right] of names.map((name) => [valueOf(a, name), valueOf(b, name)])) {
    const order = inOrder(left, right, sign);
    if (order !== 0) return order;
  }
  for (const { name } of keys) {
    const order = inOrder(a.group[name], b.group[name], sortBy === null ? sign : 1);
    if (order !== 0) return order;
  }
  return 0;
}

function inOrder(left: unknown, right: unknown, sign: 1 | -1): number {
  return left === null || right === null ? compareValues(left, right) : sign * compareValues(left, right);
}
