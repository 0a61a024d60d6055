import type { Table } from "@lancedb/lancedb";

import { nextTurn } from "../platform/timers.ts";

/** Lists that met a tag on its way out, one after the other; snapshots are not let go that fast for long. */
const TRIES = 20;

/**
 * The version that each tag of the table pins. LanceDB lists the tags' files and then reads each: one that is deleted in
 * between fails the list, whoever it belongs to, so it is made again.
 */
export async function readTags(table: Table): Promise<Map<string, number>> {
  const tags = await table.tags();
  for (let attempt = 1; ; attempt++) {
    try {
      return new Map(Object.entries(await tags.list()).map(([tag, { version }]) => [tag, version]));
    } catch (error) {
      if (attempt === TRIES || !isTagGone(error)) throw error;
      await nextTurn();
    }
  }
}

/** A tag was deleted before or while it was asked for. */
export function isTagGone(error: unknown): boolean {
  return error instanceof Error && /Ref not found|Not found: \S*\/_refs\/tags\//.test(error.message);
}
