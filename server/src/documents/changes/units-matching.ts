import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import type { Filter } from "../filters/filter.ts";
import { filterSql } from "../filters/filter-sql.ts";
import { lastOrdinal, readInWindows } from "../read-in-windows.ts";

/** Documents and bytes of one transaction. */
const UNIT_DOCUMENTS = 1_000;
const UNIT_BYTES = 16 * 1024 * 1024;

interface Sized {
  readonly documentId: string;
  readonly sizeBytes: number;
}

/**
 * The ids of the documents a filter matches, in units for one transaction each, in the order they were first stored. Each document
 * comes once, whatever a change makes of it, and what arrives meanwhile does not come: the end is fixed at the
 * beginning. `grownBy` is what a change can add to a document, in bytes.
 */
export async function* unitsMatching(
  { db }: Pick<DocumentsDeps, "db">,
  { collectionId }: Collection,
  filter: Filter | null,
  grownBy = 0,
): AsyncGenerator<string[]> {
  const all = { after: 0, through: await lastOrdinal(db.sql, collectionId) };
  const windows = readInWindows(db.sql, collectionId, all, ({ after, through }) =>
    db.sql
      .selectFrom("documents as d")
      .select(["document_id as documentId", "size_bytes as sizeBytes"])
      .where("collection_id", "=", collectionId)
      .where("ordinal", ">", after)
      .where("ordinal", "<=", through)
      .$if(filter !== null, (query) => query.where(filterSql(filter!, "d")))
      .orderBy("ordinal")
      .execute(),
  );
  const units = new Units(grownBy);
  for await (const rows of windows) yield* units.add(rows);
  yield* units.rest();
}

/** The ids, as many at once as one transaction takes. */
export function unitsOf(documents: readonly Sized[], grownBy = 0): string[][] {
  const units = new Units(grownBy);
  return [...units.add(documents), ...units.rest()];
}

class Units {
  readonly #grownBy: number;
  #unit: string[] = [];
  #bytes = 0;

  constructor(grownBy: number) {
    this.#grownBy = grownBy;
  }

  /** The units that are full now. */
  *add(documents: readonly Sized[]): Generator<string[]> {
    for (const { documentId, sizeBytes } of documents) {
      const bytes = sizeBytes + this.#grownBy;
      if (this.#unit.length === UNIT_DOCUMENTS || this.#bytes + bytes > UNIT_BYTES) yield* this.rest();
      this.#unit.push(documentId);
      this.#bytes += bytes;
    }
  }

  *rest(): Generator<string[]> {
    if (this.#unit.length > 0) yield this.#unit;
    this.#unit = [];
    this.#bytes = 0;
  }
}
