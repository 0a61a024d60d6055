import { readTags } from "../table-tags.ts";
import type { VectorStore } from "../vector-store.ts";

/** A version of a vector table that a snapshot keeps readable. */
export interface SnapshotPin {
  readonly table: string;
  readonly tag: string;
}

/** The pins of all vector tables, whoever made them. */
export async function listPins(vectors: VectorStore): Promise<SnapshotPin[]> {
  const pins: SnapshotPin[] = [];
  for (const name of await vectors.tables()) {
    // One that was dropped since it was listed has none.
    const table = await vectors.open(name);
    if (!table) continue;
    try {
      for (const tag of (await readTags(table)).keys()) pins.push({ table: name, tag });
    } finally {
      table.close();
    }
  }
  return pins;
}
