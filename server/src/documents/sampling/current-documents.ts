import { sql as fragment, type RawBuilder } from "kysely";

import type { Feature } from "#contract/collections.ts";
import type { Sql } from "../../db/database.ts";
import { filterSql } from "../filters/filter-sql.ts";
import type { Filter } from "../filters/filter.ts";
import { parseFilter } from "../filters/parse-filter.ts";
import { pickFeature, readCollections } from "../resolve-feature.ts";

/** What a run would read: as in a SnapshotRequest. */
export interface DocumentsWanted {
  readonly collectionIds: readonly string[];
  readonly filters?: Readonly<Record<string, unknown>> | null;
  /** A document that lacks a vector of any of them is not wanted. */
  readonly featureNames: readonly string[];
}

/** One collection that documents are taken from. */
export interface CurrentSource {
  readonly collectionId: string;
  /** Positions of the wanted features in the collection. */
  readonly features: readonly number[];
  /** Of all its documents, wanted or not. */
  readonly documentCount: number;
  /** Wanted as far as vectors go, filters aside. */
  readonly withVectors: number;
}

/** The wanted documents as they are now: where they lie and which condition tells them. */
export interface CurrentDocuments {
  /** In the order asked for. */
  readonly features: readonly Feature[];
  readonly sources: readonly CurrentSource[];
  readonly filter: Filter | null;
}

/** Throws `not_found`, `unknown_feature`, `wrong_dimensions`, and what parsing the filters throws. */
export async function findCurrent(run: Sql, wanted: DocumentsWanted): Promise<CurrentDocuments> {
  const found = await readCollections(run, wanted.collectionIds);
  const features = [...new Set(wanted.featureNames)].map((name) => pickFeature(found, name));
  const sources: CurrentSource[] = [];
  for (const { collectionId, features: own } of found) {
    const positions = features.map(({ name }) => own.findIndex((known) => known.name === name));
    const lacks = positions.map((position) => fragment`vector_ids[${position + 1}::int] is null`);
    // Those that lack a vector have an index of their own: the others are not read to be counted.
    const lacking =
      lacks.length === 0
        ? fragment`0`
        : fragment`(select count(*) from documents where collection_id = ${collectionId}
            and array_position(vector_ids, null) is not null and (${fragment.join(lacks, fragment` or `)}))`;
    const { rows } = await fragment<{ document_count: number; lacking: number }>`
      select document_count, ${lacking}::bigint as lacking from collections
      where collection_id = ${collectionId}`.execute(run);
    const { document_count: documentCount, lacking: without } = rows[0] ?? { document_count: 0, lacking: 0 };
    sources.push({ collectionId, features: positions, documentCount, withVectors: documentCount - without });
  }
  return { features, sources, filter: parseFilter(wanted.filters, ["filters"]) };
}

/** Whether a row of `documents` is wanted. */
export function wantedSql(filter: Filter | null, { features }: Pick<CurrentSource, "features">): RawBuilder<unknown> {
  const conditions = features.map((feature) => fragment`vector_ids[${feature + 1}::int] is not null`);
  if (filter !== null) conditions.push(filterSql(filter, "documents"));
  return conditions.length === 0 ? fragment`true` : fragment`(${fragment.join(conditions, fragment` and `)})`;
} // prettier-ignore
