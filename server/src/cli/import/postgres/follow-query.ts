import type { Recluster } from "#client/client.ts";
import { RequestError } from "#client/request-error.ts";
import { sleep } from "../../../platform/timers.ts";
import { systemClock } from "../../../platform/clock.ts";
import { Unreadable } from "../../../documents/formats/unreadable.ts";
import { CommandError } from "../../explain-failure.ts";
import { findCollection } from "../prepare-collection.ts";
import type { ImportState, StateFile } from "../import-state.ts";
import { NO_TOTALS, type ImportTotals } from "../import-totals.ts";
import { short, type Memory } from "../memory.ts";
import type { ImportResult } from "../run-import.ts";
import type { Pass } from "./import-query.ts";
import { SourceAway } from "./open-query.ts";
import type { QuerySource } from "./query-source.ts";

interface Follow {
  readonly name: string;
  readonly column: string;
  readonly everySeconds: number;
  readonly state: StateFile;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  readonly client: Recluster;
  readonly restart: boolean;
  readonly show: (name: string, result: ImportResult) => void;
}

/**
 * Reads the query again and again for rows whose column is larger than the last one that is in, until it is stopped.
 * The last value is remembered after each request, so a kill sends one request twice, which changes nothing. A database
 * or a server that is away is waited for.
 */
export async function followQuery(pass: Pass, follow: Follow): Promise<void> {
  const { column, state, signal, everySeconds, say, name } = follow;
  let cursor = await beginning(follow);
  let isFirst = true;
  while (!signal.aborted) {
    try {
      const from = { column, last: cursor?.last ?? null, complete: cursor?.complete ?? false };
      const keep = (next: ImportState["cursor"]) => (cursor = next);
      const result = await pass(from, (source) => followMemory(state, source, cursor, keep), !isFirst);
      if (isFirst) follow.show(name, result);
      else tell(follow, result);
      if (isFirst && result.isComplete)
        say(`Following ${column}: looks every ${everySeconds} s; Ctrl-C stops.`);
      isFirst = false;
    } catch (error) {
      if (!mayPass(error)) throw error;
      say(`${timeOfDay()} ${(error as Error).message} Looks again in ${everySeconds} s.`);
    }
    await sleep(everySeconds * 1000, signal);
  }
}

/** The value an earlier command came to, if it was for the collection that is there now. */
async function beginning({ state, restart, client, name, say }: Follow): Promise<ImportState["cursor"]> {
  const before = restart ? undefined : await state.read();
  if (!before?.cursor) return undefined;
  const collection = await findCollection(client, name);
  if (collection?.collection_id !== before.collectionId) {
    say("The collection was made anew since; it begins at the first row.");
    return undefined;
  }
  say(`Goes on after ${before.cursor.last}, where it stopped; --restart begins at the first row.`);
  return before.cursor;
}

/** Remembers the largest value that is in; `complete` when all rows that have it are, which only the end of a pass tells. */
function followMemory(
  state: StateFile,
  source: QuerySource,
  before: ImportState["cursor"],
  keep: (cursor: ImportState["cursor"]) => void,
): Memory {
  let last = before?.last;
  const write = async (collectionId: string, totals: ImportTotals, complete: boolean) => {
    if (last === undefined) return;
    const cursor = { last, complete };
    keep(cursor);
    await state.write({ version: 1, identity: null, collectionId, rows: 0, cursor, totals: short(totals) });
  };
  return {
    begin: () => Promise.resolve(undefined),
    acknowledged: async ({ collection_id }, rows, totals) => {
      last = source.cursorAt(rows) ?? last;
      source.forgetBefore(rows);
      await write(collection_id, totals, false);
    },
    ended: ({ collection_id }) => write(collection_id, NO_TOTALS, true),
  };
}

/** The source's or the server's connection; not a query that is refused or a document that strict refuses. */
function mayPass(error: unknown): boolean {
  if (error instanceof Unreadable) return false;
  if (error instanceof SourceAway) return true;
  if (error instanceof CommandError) return /holds no documents/.test(error.message);
  if (error instanceof RequestError) return [0, 429, 503].includes(error.status);
  const { code } = error as { code?: string };
  return typeof code === "string" || /terminated|timeout/i.test((error as Error).message);
}

function tell({ say, name }: Follow, { totals, rows }: ImportResult): void {
  if (rows === 0) return;
  const { ingested, updated, unchanged, failed, faults } = totals;
  say(
    `${timeOfDay()} ${name}: ${ingested} new, ${updated} updated, ${unchanged} unchanged, ${failed} refused`,
  );
  for (const { where, message } of faults.slice(0, 20)) say(`  ${where}: ${message}`);
}

function timeOfDay(): string {
  return systemClock.now().toISOString().slice(11, 19);
}
