import type { Table } from "@lancedb/lancedb";

import { addMs, type Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { isTagGone, readTags } from "../table-tags.ts";
import { isCommitConflict, type VectorStore } from "../vector-store.ts";

/** Appends after which a table that has come to rest is compacted, and after which it is even while it grows. */
const APPENDS_AT_REST = 50;
const APPENDS_AT_MOST = 500;
/** Files of at least this many bytes in the middle are not small, unless there are very many. */
const MEDIAN_BYTES = 4 * 1024 * 1024;
const MANY_FRAGMENTS = 1_000;
/** Versions younger than this are kept for readers that have one open without a tag. */
const KEEP_VERSIONS_MS = 3_600_000;

/**
 * Merges the small files of tables this process has appended to often, takes removed vectors out of the files of those
 * it has removed from, and cleans up old versions, but never one that is tagged or younger than the oldest tagged
 * one. Compaction below a million rows rewrites the whole table, so one that grows is left until it rests.
 * `seen` holds the appends at the round before and is brought up to date.
 */
export async function compactTables(
  store: VectorStore,
  clock: Clock,
  logger: Logger,
  seen: Map<string, number>,
): Promise<number> {
  let compacted = 0;
  for (const name of dueTables(store, seen)) {
    const table = await store.open(name);
    if (!table) continue;
    try {
      if (!store.removals.has(name) && !(await hasSmallFiles(table))) continue;
      const cleanupOlderThan = await oldestToKeep(table, addMs(clock.now(), -KEEP_VERSIONS_MS));
      await table.optimize({ cleanupOlderThan });
      store.removals.delete(name);
      compacted += 1;
    } catch (error) {
      // Another server compacts it, or a tag was made or deleted in between: the next round is soon enough.
      const isTags = isTagGone(error) || /tagged/.test((error as Error).message);
      if (!isTags && !isCommitConflict(error)) throw error;
      logger.debug({ err: error, table: name }, "the compaction gave way to another commit");
    } finally {
      table.close();
    }
  }
  return compacted;
}

/** Tables to look at in this round; their appends count anew. */
function dueTables(store: VectorStore, seen: Map<string, number>): Set<string> {
  const due = new Set(store.removals);
  for (const [name, appends] of store.appends) {
    const atRest = seen.get(name) === appends;
    seen.set(name, appends);
    if (appends >= (atRest ? APPENDS_AT_REST : APPENDS_AT_MOST)) due.add(name);
  }
  for (const name of due) {
    store.appends.delete(name);
    seen.delete(name);
  }
  return due;
}

async function hasSmallFiles(table: Table): Promise<boolean> {
  const { numRows, totalBytes, fragmentStats } = await table.stats();
  const medianBytes = (fragmentStats.lengths.p50 * totalBytes) / Math.max(1, numRows);
  return fragmentStats.numFragments >= MANY_FRAGMENTS || medianBytes < MEDIAN_BYTES;
}

async function oldestToKeep(table: Table, latest: Date): Promise<Date> {
  const tagged = new Set((await readTags(table)).values());
  if (tagged.size === 0) return latest;
  const instants = (await table.listVersions())
    .filter((version) => tagged.has(version.version))
    .map((version) => version.timestamp.getTime());
  return new Date(Math.min(latest.getTime(), ...instants));
}
