import { sql as fragment } from "kysely";

import type { Sql } from "../../db/database.ts";
import { oneByOne } from "../store.ts";
import { type CurrentDocuments, wantedSql } from "./current-documents.ts";

/** How many of these documents there still are among the wanted ones. */
export async function countStillThere(
  run: Sql,
  { sources, filter }: CurrentDocuments,
  {
    documentIds,
    collectionIds,
  }: { readonly documentIds: readonly string[]; readonly collectionIds: readonly string[] },
): Promise<number> {
  let count = 0;
  for (const source of sources) {
    const ids = documentIds.filter((_, at) => collectionIds[at] === source.collectionId);
    const { rows } = await fragment<{ there: number }>`
      select count(*)::int as there
      from (select found.* from ${oneByOne(source.collectionId, ids)}) as documents
      where ${wantedSql(filter, source)}`.execute(run);
    count += rows[0]!.there;
  }
  return count;
}
