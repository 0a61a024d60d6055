import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import type { Filter } from "../filters/filter.ts";
import { filterSql } from "../filters/filter-sql.ts";
import { lastOrdinal, ordinalWindows } from "../ordinal-windows.ts";

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
  for await (const { after, through } of ordinalWindows(db.sql, collectionId, all)) {
    const rows = await db.sql
      .selectFrom("documents as d")
      .select(["document_id as documentId", "size_bytes as sizeBytes"])
      .where("collection_id", "=", collectionId)
      .where("ordinal", ">", after)
      .where("ordinal", "<=", through)
      .$if(filter !== null, (query) => query.where(filterSql(filter!, "d")))
      .orderBy("ordinal")
      .execute();
    yield* unitsOf(rows, grownBy);
  }
}

/** The ids, as many at once as one transaction takes. */
export function* unitsOf(documents: readonly Sized[], grownBy = 0): Generator<string[]> {
  let unit: string[] = [];
  let bytes = 0;
  for (const { documentId, sizeBytes } of documents) {
    if (unit.length === UNIT_DOCUMENTS || (unit.length > 0 && bytes + sizeBytes + grownBy > UNIT_BYTES)) {
      yield unit;
      unit = [];
      bytes = 0;
    }
    unit.push(documentId);
    bytes += sizeBytes + grownBy;
  }
  if (unit.length > 0) yield unit;
}
