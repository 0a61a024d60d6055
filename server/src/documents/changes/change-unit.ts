import { sql as fragment } from "kysely";

import type { Tx } from "../../db/database.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Collection } from "../collections/store.ts";
import { hashOf, joinParts, splitParts } from "../content-hash.ts";
import type { DocumentsDeps } from "../deps.ts";
import { documentSize } from "../document-size.ts";
import type { Filter } from "../filters/filter.ts";
import { filterSql } from "../filters/filter-sql.ts";
import type { IncomingVector } from "../incoming-document.ts";
import { settleCommit } from "../settle-commit.ts";
import {
  allocateVectorIds,
  stageVectors,
  updateDocuments,
  type DocumentRow,
  type DocumentWrite,
  type StagedVector,
} from "../store.ts";
import { lockEnabled } from "../lock-collection.ts";
import type { Update } from "./read-update.ts";

export interface DocumentChange {
  readonly documentId: string;
  readonly update: Update;
}

/** Ids: those that were there (and matched the filter), and those of them whose content is another now. */
export interface UnitResult {
  readonly found: ReadonlySet<string>;
  readonly changed: ReadonlySet<string>;
}

type ChangedRow = Pick<DocumentRow, "document_id" | "payload" | "vector_ids" | "content_hash"> & {
  size_bytes: number;
};

/**
 * Changes documents, whose ids differ, together or not at all: rows, event and hook in one transaction. What is there is
 * read under the collection's lock, so two changes of one document never undo each other; with a filter, only
 * those are changed that still match it then. A change that leaves a document as it is counts as none. New vectors
 * are staged, whatever their number: the caller bounds a unit.
 */
export async function changeUnit(
  deps: DocumentsDeps,
  collection: Collection,
  changes: readonly DocumentChange[],
  filter: Filter | null = null,
): Promise<UnitResult> {
  return deps.db.transaction(async (tx) => {
    await lockEnabled(tx, collection);
    const rows = await readRows(
      tx,
      collection,
      changes.map((change) => change.documentId),
      filter,
    );
    const plan = await planUnit(tx, collection, changes, rows);
    await updateDocuments(tx, deps.clock.now, collection.collectionId, plan.writes);
    await stageVectors(tx, collection.collectionId, plan.staged);
    const counts = { added: 0, updated: plan.writes.length, batches: 0, bytes: plan.bytes };
    await settleCommit(deps, tx, collection, counts);
    return { found: new Set(rows.keys()), changed: new Set(plan.writes.map((write) => write.documentId)) };
  });
}

async function readRows(
  tx: Tx,
  { collectionId }: Collection,
  documentIds: readonly string[],
  filter: Filter | null,
): Promise<Map<string, ChangedRow>> {
  const rows = await tx
    .selectFrom("documents as d")
    .select(["document_id", "payload", "vector_ids", "content_hash", "size_bytes"])
    .where("collection_id", "=", collectionId)
    .where(fragment<boolean>`document_id = any(${documentIds}::text[])`)
    .$if(filter !== null, (query) => query.where(filterSql(filter!, "d")))
    .execute();
  return new Map(rows.map((row) => [row.document_id, row]));
}

interface UnitPlan {
  readonly writes: DocumentWrite[];
  readonly staged: StagedVector[];
  /** How much larger the collection becomes. */
  bytes: number;
}

async function planUnit(
  tx: Tx,
  collection: Collection,
  changes: readonly DocumentChange[],
  rows: ReadonlyMap<string, ChangedRow>,
): Promise<UnitPlan> {
  const plan: UnitPlan = { writes: [], staged: [], bytes: 0 };
  const merges = changes.flatMap(({ documentId, update }) => {
    const row = rows.get(documentId);
    return row ? [merge(row, update)] : [];
  });
  const ids = await allocateVectorIds(
    tx,
    merges.reduce((sum, { vectors }) => sum + vectors.length, 0),
  );
  let next = 0;
  for (const { row, payload, contentHash, vectors } of merges) {
    if (contentHash === row.content_hash) continue;
    const vectorIds = collection.features.map((_, feature) => row.vector_ids[feature] ?? null);
    for (const { feature, values } of vectors) {
      const vectorId = ids[next++]!;
      vectorIds[feature] = vectorId;
      plan.staged.push({ vectorId, feature, values });
    }
    const stored = { sizeBytes: row.size_bytes, vectorIds: row.vector_ids };
    const sizeBytes = documentSize(collection.features, payload, vectorIds, stored);
    plan.writes.push({ documentId: row.document_id, payload, vectorIds, contentHash, sizeBytes });
    plan.bytes += sizeBytes - row.size_bytes;
  }
  return plan;
}

interface Merge {
  readonly row: ChangedRow;
  /** Canonical JSON; undefined if it is not touched. */
  readonly payload: string | undefined;
  readonly contentHash: string;
  /** Those that differ from the stored ones. */
  readonly vectors: readonly IncomingVector[];
}

function merge(row: ChangedRow, { replaces, fields, vectors }: Update): Merge {
  const old = splitParts(row.content_hash);
  const touched = replaces || Object.keys(fields).length > 0;
  const payload = touched
    ? given(row, old.payload, replaces ? fields : { ...row.payload, ...fields })
    : undefined;
  const different = vectors.filter((vector) => old.vectors[vector.feature] !== vector.hash);
  const hashes = [...old.vectors];
  for (const { feature, hash } of different) hashes[feature] = hash;
  const contentHash = joinParts({
    payload: payload === undefined ? old.payload : hashOf(payload),
    vectors: hashes,
  });
  return { row, payload, contentHash, vectors: different };
}

/**
 * The payload as text; undefined if it is the stored one. That is not always of the stored hash, which is of what clients have
 * given: enrichment leaves it alone.
 */
function given(row: ChangedRow, oldHash: string, payload: object): string | undefined {
  const text = canonicalJson(payload);
  return hashOf(text) !== oldHash && text === canonicalJson(row.payload) ? undefined : text;
}
