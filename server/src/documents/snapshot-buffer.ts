import { sql as fragment, type RawBuilder } from "kysely";

import type { Tx } from "../db/database.ts";
import type { InlineVectors, SnapshotContent, SnapshotRows } from "./snapshot-files.ts";
import type { SnapshotRequest } from "./snapshot.ts";
import { floatsOf } from "./store.ts";

const ROWS_A_FETCH = 5_000;
/** Staged vectors a fetch takes; few, since a vector may be 256 KiB. */
const VECTORS_A_FETCH = 500;

interface Source {
  readonly collectionId: string;
  /** Position among the snapshot's sources. */
  readonly source: number;
  /** Position of the feature in the collection, -1 when no vectors are wanted. */
  readonly feature: number;
}

interface FetchedRow {
  readonly document_id: string;
  readonly vector_id: number | null;
  readonly texts: unknown[] | null;
  readonly attributes: unknown[] | null;
}

/** What a snapshot reads, in memory until its transaction is over: no file is written inside of one. */
export class SnapshotBuffer {
  readonly request: SnapshotRequest;
  readonly #documentIds: string[] = [];
  readonly #sources: number[] = [];
  readonly #vectorIds: number[] = [];
  readonly #texts: (string | null)[] = [];
  readonly #attributes: string[] = [];
  readonly #inline: { id: number; vector: Float32Array }[] = [];

  constructor(request: SnapshotRequest) {
    this.request = request;
  }

  get documents(): number {
    return this.#documentIds.length;
  }

  addRow(source: number, row: FetchedRow): void {
    this.#documentIds.push(row.document_id);
    this.#sources.push(source);
    this.#vectorIds.push(row.vector_id ?? 0);
    if (row.texts) this.#texts.push(textOf(row.texts));
    if (row.attributes) this.#attributes.push(JSON.stringify(row.attributes));
  }

  addVector(id: number, vector: Float32Array): void {
    this.#inline.push({ id, vector });
  }

  /** What `writeSnapshotFiles` takes. */
  files(dimensions: number): [SnapshotRows, SnapshotContent, InlineVectors] {
    const vectors = new Float32Array(this.#inline.length * dimensions);
    for (const [row, { vector }] of this.#inline.entries()) vectors.set(vector, row * dimensions);
    return [
      {
        documentIds: this.#documentIds,
        sources: Int32Array.from(this.#sources),
        vectorIds: BigInt64Array.from(this.#vectorIds, BigInt),
      },
      {
        texts: this.request.textPaths === null ? null : this.#texts,
        attributes: this.request.attributes.length === 0 ? null : this.#attributes,
      },
      { dimensions, ids: BigInt64Array.from(this.#inline, ({ id }) => BigInt(id)), vectors },
    ];
  }
}

/** Reads a collection's documents and the wanted vectors that are still staged into the buffer, by SQL cursors. */
export async function fetchInOrder(tx: Tx, buffer: SnapshotBuffer, source: Source): Promise<void> {
  const { textPaths, attributes } = buffer.request;
  const wanted = source.feature >= 0;
  // In an array's subscript PostgreSQL counts from 1.
  const vectorId = wanted ? fragment`d.vector_ids[${source.feature + 1}::int]` : fragment`null::bigint`;
  const documents = fragment<FetchedRow>`
    select d.document_id, ${vectorId} as vector_id,
      ${textPaths === null ? fragment`null::jsonb` : valuesAt(textPaths)} as texts,
      ${attributes.length === 0 ? fragment`null::jsonb` : valuesAt(attributes)} as attributes
    from documents d where d.collection_id = ${source.collectionId}
      ${wanted ? fragment`and ${vectorId} is not null` : fragment``}
    order by d.ordinal`;
  await fetchAll(tx, documents, ROWS_A_FETCH, (row) => buffer.addRow(source.source, row));
  if (!wanted) return;
  const staged = fragment<{ vector_id: number; vector: Uint8Array }>`
    select s.vector_id, s.vector from staged_vectors s
    where s.collection_id = ${source.collectionId} and s.feature = ${source.feature}`;
  await fetchAll(tx, staged, VECTORS_A_FETCH, (row) => buffer.addVector(row.vector_id, floatsOf(row.vector)));
}

async function fetchAll<T>(
  tx: Tx,
  query: RawBuilder<T>,
  atOnce: number,
  take: (row: T) => void,
): Promise<void> {
  await fragment`declare snapshot_rows no scroll cursor for ${query}`.execute(tx);
  for (;;) {
    const { rows } =
      await fragment<T>`fetch forward ${fragment.raw(String(atOnce))} from snapshot_rows`.execute(tx);
    for (const row of rows) take(row);
    if (rows.length < atOnce) break;
  }
  await fragment`close snapshot_rows`.execute(tx);
}

/** The payload's values at the paths, as one JSON array; null where there is none. */
function valuesAt(paths: readonly string[]): RawBuilder<unknown> {
  const values = paths.map((path) => fragment`d.payload #> ${path.split(".")}::text[]`);
  return fragment`jsonb_build_array(${fragment.join(values)})`;
}

/** The strings among the values, a line each; null if there is none. */
function textOf(values: readonly unknown[]): string | null {
  const strings = values.filter((value) => typeof value === "string" && value.trim() !== "");
  return strings.length === 0 ? null : strings.join("\n");
}
