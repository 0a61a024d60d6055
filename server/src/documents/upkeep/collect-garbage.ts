import { sql as fragment } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import { readClock } from "../../db/database-clock.ts";
import type { Database, Sql } from "../../db/database.ts";
import type { TestSignals } from "../../platform/test-signals.ts";
import { nextTurn } from "../../platform/timers.ts";
import { firstOpenVectorId } from "../open-writes.ts";
import { isCommitConflict, tableName, type VectorStore, type VectorTableKey } from "../vector-store.ts";
import { VectorIdSet } from "./vector-id-set.ts";

/**
 * How long a vector must be known to be garbage before it goes: readers that found its id in a row a moment before
 * the row was changed still find it, and a snapshot has this long between reading rows and pinning their vectors.
 */
export const GARBAGE_GRACE_SECONDS = 900;
/** Less is not worth a scan: so many vectors, or this share of the table. */
const WORTH_VECTORS = 100;
const WORTH_SHARE = 0.1;
const ROWS_A_STATEMENT = 50_000;
/** Ids, and spans of them, in one delete: a condition is a tree, and a deep one overflows the engine's stack. */
const IDS_A_DELETE = 10_000;
const SPANS_A_DELETE = 200;
const SHORTEST_SPAN = 4;

export interface GarbageDeps {
  readonly db: Database;
  readonly vectors: VectorStore;
  readonly clock: DatabaseClock;
  readonly signals: TestSignals;
}

export interface GarbageCounts {
  /** Vectors removed. */
  readonly removed: number;
  /** Vectors that will go when they have been garbage for long enough. */
  readonly waiting: number;
}

interface Candidates {
  readonly since: Date;
  readonly ids: VectorIdSet;
}

/**
 * Removes vectors that no row refers to: those of updated and deleted documents, and of writes that came to nothing.
 * What writes under way have appended is left alone (open-writes.ts); what snapshots have pinned stays readable in
 * their version of the table whatever is removed from the newest.
 *
 * It goes in two steps: a scan finds candidates, and one at least the grace later removes those that are garbage still.
 * Candidates are kept in memory; a new process begins anew, which only costs time.
 */
export class GarbageCollector {
  readonly #deps: GarbageDeps;
  readonly #graceMs: number;
  readonly #candidates = new Map<string, Candidates>();
  /** The collection's state when the table was last looked at: one that has not changed has no new garbage. */
  readonly #seen = new Map<string, string>();

  constructor(deps: GarbageDeps, graceSeconds = GARBAGE_GRACE_SECONDS) {
    this.#deps = deps;
    this.#graceMs = graceSeconds * 1000;
  }

  /** One round over all tables; looks closer at those that seem to hold enough garbage, or (`all`) at each. */
  async collect({ all = false } = {}): Promise<GarbageCounts> {
    const { db, clock } = this.#deps;
    const now = await readClock(db.sql, clock);
    let [removed, waiting] = [0, 0];
    for (const table of await liveTables(db.sql)) {
      const known = this.#candidates.get(tableName(table));
      if (known && now.getTime() - known.since.getTime() < this.#graceMs) {
        waiting += known.ids.size;
        continue;
      }
      if (!known && !(await this.#isWorthAScan(table, all))) continue;
      this.#seen.delete(tableName(table));
      const counts = await this.#collectTable(table, known, now);
      removed += counts.removed;
      waiting += counts.waiting;
    }
    return { removed, waiting };
  }

  async #isWorthAScan(table: LiveTable, all: boolean): Promise<boolean> {
    const name = tableName(table);
    if (!all && this.#seen.get(name) === table.state) return false;
    this.#seen.set(name, table.state);
    const store = await this.#deps.vectors.open(name);
    if (!store) return false;
    try {
      const rows = await store.countRows();
      const garbage = rows - (table.documents - table.staged);
      return all ? rows > 0 : garbage > Math.max(WORTH_VECTORS, rows * WORTH_SHARE);
    } finally {
      store.close();
    }
  }

  async #collectTable(table: LiveTable, known: Candidates | undefined, now: Date): Promise<GarbageCounts> {
    const { db, clock, vectors, signals } = this.#deps;
    const name = tableName(table);
    // The order is what makes it safe: the bound first, then what the store has, then what rows refer to.
    const bound = await db.transaction((tx) => firstOpenVectorId(tx, clock));
    const stored = await storedIds(vectors, name, bound);
    const referred = await referredIds(db.sql, table);
    const garbage = stored.filter((id) => !referred.has(id));
    const confirmed = known ? garbage.filter((id) => known.ids.has(id)) : [];
    signals.announce("garbage.found", { table: name, garbage: garbage.length, confirmed: confirmed.length });
    const gone = confirmed.length > 0 && (await removeVectors(vectors, name, confirmed));
    const rest = gone ? garbage.filter((id) => !known!.ids.has(id)) : garbage;
    this.#candidates.delete(name);
    if (rest.length > 0) this.#candidates.set(name, { since: now, ids: setOf(rest) });
    return { removed: gone ? confirmed.length : 0, waiting: rest.length };
  }
}

interface LiveTable extends VectorTableKey {
  readonly documents: number;
  readonly staged: number;
  /** Changes whenever documents are added, changed or removed. */
  readonly state: string;
}

/** Every feature of every collection. */
async function liveTables(sql: Sql): Promise<LiveTable[]> {
  const { rows } = await fragment<{
    collection_id: string;
    features: number;
    documents: number;
    state: string;
    staged: Record<string, number> | null;
  }>`
    select collection_id, jsonb_array_length(features) as features, document_count as documents,
      event_seq || ' ' || document_count as state,
      (select jsonb_object_agg(feature, waiting) from (
        select feature, count(*) as waiting from staged_vectors s
        where s.collection_id = c.collection_id group by feature) as counts) as staged
    from collections c order by collection_id`.execute(sql);
  return rows.flatMap((row) =>
    Array.from({ length: row.features }, (_, feature) => ({
      collectionId: row.collection_id,
      feature,
      documents: row.documents,
      state: row.state,
      staged: row.staged?.[feature] ?? 0,
    })),
  );
}

/** Ids of the table's vectors below `bound`. */
async function storedIds(vectors: VectorStore, name: string, bound: number): Promise<number[]> {
  const table = await vectors.open(name);
  if (!table) return [];
  const ids: number[] = [];
  try {
    for await (const batch of table.query().select(["vector_id"])) {
      for (const id of batch.getChild("vector_id")!.toArray() as BigInt64Array) {
        if (Number(id) < bound) ids.push(Number(id));
      }
      await nextTurn();
    }
  } finally {
    table.close();
  }
  return ids;
}

/**
 * Ids that documents refer to. Read in windows, each as it is then: ids never come back, so one that a row referred to
 * before and does not when its window is read is garbage for ever.
 */
async function referredIds(sql: Sql, { collectionId, feature }: VectorTableKey): Promise<VectorIdSet> {
  const referred = new VectorIdSet();
  let after = -1;
  for (;;) {
    const { rows } = await fragment<{ last: number | null; ids: number[] | null }>`
      select max(ordinal) as last, json_agg(id) filter (where id is not null) as ids from (
        select ordinal, vector_ids[${feature + 1}::int] as id from documents
        where collection_id = ${collectionId} and ordinal > ${after}
        order by ordinal limit ${ROWS_A_STATEMENT}::int) as page`.execute(sql);
    const { last, ids } = rows[0]!;
    if (last === null) return referred;
    for (const id of ids ?? []) referred.add(id);
    after = last;
    await nextTurn();
  }
}

/** False if another commit came in between: the next round tries again. */
async function removeVectors(vectors: VectorStore, name: string, ids: number[]): Promise<boolean> {
  const table = await vectors.open(name);
  if (!table) return false;
  try {
    vectors.removals.add(name);
    for (const condition of conditionsFor(ids)) await table.delete(condition);
    return true;
  } catch (error) {
    if (isCommitConflict(error)) return false;
    throw error;
  } finally {
    table.close();
  }
}

/** Conditions that together select the ids: long runs, as an update of many documents leaves, by their ends. */
function conditionsFor(ids: readonly number[]): string[] {
  const singles: number[] = [];
  const spans: string[] = [];
  for (const [first, last] of spansOf(ids)) {
    if (last - first + 1 >= SHORTEST_SPAN) spans.push(`(vector_id between ${first} and ${last})`);
    else for (let id = first; id <= last; id++) singles.push(id);
  }
  return [
    ...inChunks(spans, SPANS_A_DELETE).map((chunk) => chunk.join(" or ")),
    ...inChunks(singles, IDS_A_DELETE).map((chunk) => `vector_id in (${chunk.join(",")})`),
  ];
}

function spansOf(ids: readonly number[]): [first: number, last: number][] {
  const spans: [number, number][] = [];
  for (const id of Float64Array.from(ids).sort()) {
    const span = spans.at(-1);
    if (span && id <= span[1] + 1) span[1] = id;
    else spans.push([id, id]);
  }
  return spans;
}

function inChunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

function setOf(ids: readonly number[]): VectorIdSet {
  const set = new VectorIdSet();
  for (const id of ids) set.add(id);
  return set;
}
