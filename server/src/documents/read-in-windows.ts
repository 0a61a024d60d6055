import type { Sql } from "../db/database.ts";

/** Documents whose ordinal lies in `(after, through]`. */
export interface OrdinalWindow {
  readonly after: number;
  readonly through: number;
}

const FIRST_ROWS = 200;
const LEAST_ROWS = 20;
const MOST_ROWS = 20_000;
/** What one read should take: others wait for PGlite's one session meanwhile. */
const QUICK_MS = 60;
const SLOW_MS = 200;

/** The ordinal of the collection's newest document; 0 without any. What arrives later lies behind it. */
export async function lastOrdinal(sql: Sql, collectionId: string): Promise<number> {
  const row = await sql
    .selectFrom("documents")
    .select("ordinal")
    .where("collection_id", "=", collectionId)
    .orderBy("ordinal", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.ordinal ?? 0;
}

/**
 * Reads a collection's documents from after one ordinal through another, window by window, so that no statement reads
 * them all; `read` is given each window's bounds and what it returns is yielded. A window has as many documents as the
 * reads before it show to be quick.
 */
export async function* readInWindows<T>(
  sql: Sql,
  collectionId: string,
  { after, through }: OrdinalWindow,
  read: (window: OrdinalWindow) => Promise<T>,
): AsyncGenerator<T> {
  let rows = FIRST_ROWS;
  for (let from = after; from < through;) {
    const edge = await sql
      .selectFrom("documents")
      .select("ordinal")
      .where("collection_id", "=", collectionId)
      .where("ordinal", ">", from)
      .where("ordinal", "<=", through)
      .orderBy("ordinal")
      .offset(rows - 1)
      .limit(1)
      .executeTakeFirst();
    const window = { after: from, through: edge?.ordinal ?? through };
    const begun = performance.now();
    const result = await read(window);
    const tookMs = performance.now() - begun;
    if (tookMs < QUICK_MS) rows = Math.min(rows * 2, MOST_ROWS);
    else if (tookMs > SLOW_MS) rows = Math.max(Math.floor((rows * SLOW_MS) / tookMs / 2), LEAST_ROWS);
    yield result;
    from = window.through;
  }
}
