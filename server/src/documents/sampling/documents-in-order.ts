import { sql as fragment, type RawBuilder } from "kysely";

import type { Database } from "../../db/database.ts";
import { type CurrentDocuments, type CurrentSource, wantedSql } from "./current-documents.ts";

/** A document with the vectors that count for the wanted features. */
export interface DrawnDocument {
  readonly collectionId: string;
  readonly documentId: string;
  readonly vectorIds: readonly number[];
}

/** A document that was looked at, wanted or not. */
export interface LookedAt {
  readonly ordinal: number;
  /** Null unless it is wanted. */
  readonly document_id: string | null;
  readonly ids: string | null;
  readonly wanted: boolean;
}

/** Up to `limit` documents of a collection behind an ordinal, in order. */
export async function lookInOrder(
  db: Database,
  source: CurrentSource,
  filter: CurrentDocuments["filter"],
  after: number,
  limit: number,
): Promise<readonly LookedAt[]> {
  return db.transaction(
    async (tx) => {
      await fragment`set local enable_bitmapscan = off`.execute(tx);
      const { rows } = await fragment<LookedAt>`
        select ${columnsOf(source, filter)} where collection_id = ${source.collectionId} and ordinal > ${after}
          order by ordinal limit ${limit}) as documents order by ordinal`.execute(tx);
      return rows;
    },
    { readOnly: true },
  );
}

/** What is read of `documents`, which the caller gives a condition and closes: `… where …) as documents`. */
export function columnsOf(source: CurrentSource, filter: CurrentDocuments["filter"]): RawBuilder<unknown> {
  const ids = source.features.map((feature) => fragment`vector_ids[${feature + 1}::int]::text`);
  const joined = ids.length === 0 ? fragment`''` : fragment.join(ids, fragment` || ',' || `);
  return fragment`ordinal, wanted, case when wanted then document_id end as document_id, case when wanted then ${joined} end as ids
    from (select *, ${wantedSql(filter, source)} as wanted from documents`;
}

export function toDrawn({ collectionId }: CurrentSource, { document_id, ids }: LookedAt): DrawnDocument {
  return { collectionId, documentId: document_id!, vectorIds: ids === "" ? [] : ids!.split(",").map(Number) };
}
