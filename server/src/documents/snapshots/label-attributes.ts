import { sql as fragment, type RawBuilder } from "kysely";

import type { Sql } from "../../db/database.ts";

/** Documents of a collection that are looked at: as many of the oldest and of the newest. */
const LOOKED_AT = 250;
/** Of one document: a payload may have 100,000 fields. */
const FIELDS_AT_MOST = 64;
/** Bytes of a value as JSON; a longer one is no category. */
const VALUE_BYTES = 80;
/** Values that many documents share, and their combinations: each different one is kept once with a snapshot. */
const MOST_VALUES = 200;
const MOST_COMBINATIONS = 500;
const MOST_ATTRIBUTES = 5;

/** A document's scalar values by path, as JSON. */
type Fields = Readonly<Record<string, unknown>>;

export interface LabelAttributesOptions {
  /** Where the text of a document would be. */
  readonly textPaths: readonly string[];
  /** Paths to choose from; null: the payload's own fields but those of texts. */
  readonly among: readonly string[] | null;
}

/**
 * Payload paths whose values can name clusters of documents that have no text: scalars that documents share, as a
 * category does, and not what is different in each, as an id. None where half of the documents looked at have a text. Those
 * with the fewest values come first.
 */
export async function findLabelAttributes(
  run: Sql,
  collectionIds: readonly string[],
  { textPaths, among }: LabelAttributesOptions,
): Promise<string[]> {
  const documents: { has_text: boolean; fields: Fields | null }[] = [];
  for (const collectionId of collectionIds) {
    const { rows } = await lookAt(collectionId, { textPaths, among }).execute(run);
    documents.push(...rows);
  }
  const texts = documents.filter((document) => document.has_text).length;
  if (2 * texts >= documents.length) return [];
  return chooseAttributes(documents.map(({ fields }) => fields ?? {}));
}

/** Exported for its test. */
export function chooseAttributes(documents: readonly Fields[]): string[] {
  const values = new Map<string, { documents: number; different: Set<string> }>();
  for (const fields of documents) {
    for (const [path, value] of Object.entries(fields)) {
      const known = values.get(path) ?? { documents: 0, different: new Set() };
      known.documents += 1;
      known.different.add(JSON.stringify(value));
      values.set(path, known);
    }
  }
  const shared = [...values]
    .map(([path, { documents: having, different }]) => ({ path, having, different: different.size }))
    .filter(({ having, different }) => different > 1 && different <= MOST_VALUES && having >= 2 * different)
    .sort((a, b) => a.different - b.different || (a.path < b.path ? -1 : 1));
  const chosen: string[] = [];
  for (const { path } of shared) {
    if (chosen.length === MOST_ATTRIBUTES) break;
    const combinations = new Set(
      documents.map((fields) => JSON.stringify([...chosen, path].map((one) => fields[one] ?? null))),
    );
    if (combinations.size <= MOST_COMBINATIONS) chosen.push(path);
  }
  return chosen;
}

function lookAt(
  collectionId: string,
  { textPaths, among }: LabelAttributesOptions,
): RawBuilder<{ has_text: boolean; fields: Fields | null }> {
  const texts = textPaths.map(
    (path) => fragment`coalesce(jsonb_typeof(${at(path)}) = 'string' and ${at(path)} <> '""'::jsonb, false)`,
  );
  const fields = among
    ? fragment`(values ${fragment.join(among.map((path) => fragment`(${path}::text, ${at(path)})`))})`
    : fragment`jsonb_each(payload - ${textPaths}::text[])`;
  const ordinals = (direction: RawBuilder<unknown>) => fragment`
    select ordinal from documents where collection_id = ${collectionId} order by ordinal ${direction} limit ${LOOKED_AT}::int`;
  return fragment`
    select ${texts.length > 0 ? fragment.join(texts, fragment` or `) : fragment`false`} as has_text, (
      select jsonb_object_agg(key, value) from (
        select key, value from ${fields} as field (key, value)
        where jsonb_typeof(value) in ('string', 'number', 'boolean') and octet_length(value::text) <= ${VALUE_BYTES}::int
        limit ${FIELDS_AT_MOST}::int) as scalars) as fields
    from documents where collection_id = ${collectionId} and ordinal in (
      (${ordinals(fragment`asc`)}) union (${ordinals(fragment`desc`)}))`;
}

function at(path: string): RawBuilder<unknown> {
  return fragment`payload #> ${path.split(".")}::text[]`;
}
