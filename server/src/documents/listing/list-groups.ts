import { sql } from "kysely";

import type { ListDocumentsResponse } from "#contract/documents.ts";
import type { Sql } from "../../db/database.ts";
import { AppError } from "../../platform/app-error.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Collection } from "../collections/store.ts";
import { compareValues } from "../compare-values.ts";
import type { DocumentsDeps } from "../deps.ts";
import { fieldValueSql } from "../field-value.ts";
import type { Field } from "../filters/filter.ts";
import { lastOrdinal, readInWindows } from "../read-in-windows.ts";
import { readCursor, writeCursor } from "../page-cursor.ts";
import { pageOf } from "../pagination.ts";
import { criteriaSql, type Criteria } from "./criteria.ts";
import type { Found } from "./find-page.ts";
import type { ListRequest } from "./list-documents.ts";
import { readResults } from "./read-results.ts";
import { compareKeys, sortKeySql, type Sort } from "./sort-key.ts";

/** Documents that are shown of each group. */
const SHOWN = 10;
const MAX_GROUPS = 10_000;
/** Characters of a group's key as JSON; longer ones are no keys but texts. */
const MAX_KEY = 1_000;

interface Group {
  readonly value: unknown;
  /** Canonical JSON. */
  readonly key: string;
  count: number;
  first: Found[];
}

/**
 * A page of groups: documents with the same value of a field, those without one under null. Groups come in the order of
 * their values; each shows its first documents in the order of `sort`. Limit, offset, cursor and total are of groups. Every page
 * reads the collection once, in windows.
 */
export async function listGroups(
  deps: Pick<DocumentsDeps, "db" | "vectors">,
  collection: Collection,
  asked: ListRequest,
): Promise<ListDocumentsResponse> {
  const { criteria, sort, limit, offset, list, cursor } = asked;
  const groupBy = asked.groupBy!;
  const groups = await collectGroups(deps.db.sql, collection.collectionId, criteria, groupBy.field, sort);
  const from = cursor === undefined ? offset : firstAfter(groups, readCursor(list, cursor)[0]);
  const page = groups.slice(from, from + limit);
  const last = groups.length > from + limit ? page.at(-1) : undefined;
  const results = await readResults(
    deps,
    collection,
    page.flatMap((group) => group.first),
    asked,
  );
  const byId = new Map(results.map((result) => [result.document_id, result]));
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  return {
    results: null,
    groups: page.map(({ value, count, first }) => ({
      group_key: value,
      documents: first.flatMap(({ documentId }) => byId.get(documentId) ?? []),
      count,
    })),
    pagination: pageOf(asked.paging, groups.length, last ? writeCursor(list, [last.key]) : null),
    stats: {
      total_documents: total,
      avg_blobs_per_document: 0,
      total_groups: groups.length,
      avg_documents_per_group: groups.length === 0 ? 0 : total / groups.length,
    },
    group_by_field: groupBy.name,
  };
}

async function collectGroups(
  run: Sql,
  collectionId: string,
  criteria: Criteria,
  field: Field,
  sort: Sort | null,
): Promise<Group[]> {
  const groups = new Map<string, Group>();
  const all = { after: 0, through: await lastOrdinal(run, collectionId) };
  const key = sort
    ? sortKeySql(sort, "d")
    : sql`select 0 as rank, null::float8 as number, null::text as text`;
  const windows = readInWindows(run, collectionId, all, (window) =>
    sql<Found & { value: unknown }>`
      select d.document_id as "documentId", d.ordinal, k.rank, k.number, k.text, ${fieldValueSql(field, "d")} as value
      from documents d cross join lateral (${key}) k
      where d.collection_id = ${collectionId} and d.ordinal > ${window.after} and d.ordinal <= ${window.through}
        and ${criteriaSql(criteria, "d")}
      order by d.ordinal`.execute(run),
  );
  for await (const { rows } of windows) {
    for (const { value, ...found } of rows) addTo(groups, value ?? null, found, sort);
  }
  return [...groups.values()].sort((a, b) => compareValues(a.value, b.value));
}

function addTo(groups: Map<string, Group>, value: unknown, found: Found, sort: Sort | null): void {
  const key = canonicalJson(value);
  let group = groups.get(key);
  if (!group) {
    if (key.length > MAX_KEY) throw cannotGroup(`a value of it has more than ${MAX_KEY} characters`);
    if (groups.size === MAX_GROUPS) throw cannotGroup(`it has more than ${MAX_GROUPS} values`);
    group = { value, key, count: 0, first: [] };
    groups.set(key, group);
  }
  group.count++;
  if (!sort) {
    if (group.first.length < SHOWN) group.first.push(found);
    return;
  }
  const last = group.first.at(-1);
  if (group.first.length === SHOWN && compareKeys(sort, found, last!) > 0) return;
  group.first = [...group.first, found].sort((a, b) => compareKeys(sort, a, b)).slice(0, SHOWN);
}

function cannotGroup(why: string): AppError {
  return new AppError(
    "invalid_value",
    `Documents cannot be grouped by this field: ${why}. Group by another, or filter.`,
    {
      details: { field: "group_by" },
    },
  );
}

/** The place behind the group with this key, which may be gone. */
function firstAfter(groups: readonly Group[], key: string | number | undefined): number {
  const value: unknown = JSON.parse(String(key));
  const at = groups.findIndex((group) => compareValues(group.value, value) > 0);
  return at < 0 ? groups.length : at;
}
