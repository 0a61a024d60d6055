import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";
import { lastOrdinal, readInWindows } from "../read-in-windows.ts";
import { DOCUMENT_COLUMNS, type DocumentRow } from "../store.ts";
import { criteriaSql, isEverything, type Criteria } from "./criteria.ts";
import { compareKeys, isAfter, keyOrder, sortKeySql, type Sort, type SortKey } from "./sort-key.ts";

/** A document of a page before it is read. */
export interface Found extends SortKey {
  readonly documentId: string;
  /** What it was found by, where that is all of it. */
  readonly row?: DocumentRow;
}

export interface Page {
  /** The last document of the page before; null to begin. */
  readonly after: SortKey | null;
  readonly skip: number;
  readonly take: number;
}

const UNSORTED = { rank: 0, number: null, text: null } as const;

/**
 * The documents of a page, at most `take`, in the order they were first stored. Reads on in windows until the page is full, so
 * a filter that matches often is answered at once, and one that matches nothing reads all.
 */
export async function findInOrder(
  run: Sql,
  collectionId: string,
  criteria: Criteria,
  { after, skip, take }: Page,
): Promise<Found[]> {
  const start = after?.ordinal ?? 0;
  if (isEverything(criteria)) return readInOrder(run, collectionId, { start, skip, take });
  const found: Found[] = [];
  let toSkip = skip;
  const all = { after: start, through: await lastOrdinal(run, collectionId) };
  const windows = readInWindows(run, collectionId, all, (window) =>
    run
      .selectFrom("documents as d")
      .select(["document_id as documentId", "ordinal"])
      .where("collection_id", "=", collectionId)
      .where("ordinal", ">", window.after)
      .where("ordinal", "<=", window.through)
      .where(criteriaSql(criteria, "d"))
      .orderBy("ordinal")
      .limit(toSkip + take - found.length)
      .execute(),
  );
  for await (const rows of windows) {
    found.push(...rows.slice(toSkip).map((row) => ({ ...row, ...UNSORTED })));
    toSkip = Math.max(0, toSkip - rows.length);
    if (found.length === take) break;
  }
  return found;
}

/** The documents whole: a page of everything is one statement. */
async function readInOrder(
  run: Sql,
  collectionId: string,
  { start, skip, take }: { readonly start: number; readonly skip: number; readonly take: number },
): Promise<Found[]> {
  const rows = await run
    .selectFrom("documents")
    .select(DOCUMENT_COLUMNS)
    .where("collection_id", "=", collectionId)
    .where("ordinal", ">", start)
    .orderBy("ordinal")
    .offset(skip)
    .limit(take)
    .execute();
  return rows.map((row) => ({ documentId: row.document_id, ordinal: row.ordinal, ...UNSORTED, row }));
}

/**
 * The documents of a page of a sorted list. There is no index for any field a payload may have, so every page reads the collection once,
 * in windows of which each gives its best.
 */
export async function findSorted(
  run: Sql,
  collectionId: string,
  criteria: Criteria,
  sort: Sort,
  { after, skip, take }: Page,
): Promise<Found[]> {
  const wanted = skip + take;
  let best: Found[] = [];
  const all = { after: 0, through: await lastOrdinal(run, collectionId) };
  const windows = readInWindows(run, collectionId, all, (window) =>
    sql<Found>`
      select d.document_id as "documentId", d.ordinal, k.rank, k.number, k.text
      from documents d cross join lateral (${sortKeySql(sort, "d")}) k
      where d.collection_id = ${collectionId} and d.ordinal > ${window.after} and d.ordinal <= ${window.through}
        and ${criteriaSql(criteria, "d")} and ${after === null ? sql`true` : isAfter(sort, after, "d")}
      order by ${keyOrder(sort, "d")} limit ${wanted}`.execute(run),
  );
  for await (const { rows } of windows) {
    if (rows.length === 0) continue;
    best = [...best, ...rows].sort((a, b) => compareKeys(sort, a, b)).slice(0, wanted);
  }
  return best.slice(skip);
}

/** How many documents there are; `stored` is the collection's own count, which needs no reading. */
export async function countFound(
  run: Sql,
  { collectionId, documentCount }: { readonly collectionId: string; readonly documentCount: number },
  criteria: Criteria,
): Promise<number> {
  if (isEverything(criteria)) return documentCount;
  let total = 0;
  const all = { after: 0, through: await lastOrdinal(run, collectionId) };
  const windows = readInWindows(run, collectionId, all, (window) =>
    run
      .selectFrom("documents as d")
      .select(sql<number>`count(*)`.as("matching"))
      .where("collection_id", "=", collectionId)
      .where("ordinal", ">", window.after)
      .where("ordinal", "<=", window.through)
      .where(criteriaSql(criteria, "d"))
      .executeTakeFirstOrThrow(),
  );
  for await (const { matching } of windows) total += matching;
  return total;
}
