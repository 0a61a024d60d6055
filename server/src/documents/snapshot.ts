import { join } from "node:path";

import { sql as fragment } from "kysely";

import type { DatabaseClock } from "../db/database-clock.ts";
import { readClock } from "../db/database-clock.ts";
import type { Database, Tx } from "../db/database.ts";
import { pickFeature, readCollections } from "./resolve-feature.ts";
import { writeSnapshotFiles } from "./snapshot-files.ts";
import { fetchInOrder, SnapshotBuffer } from "./snapshot-buffer.ts";
import type { VectorStore } from "./vector-store.ts";

/** What a run wants to read. */
export interface SnapshotRequest {
  readonly collectionIds: readonly string[];
  /**
   * The feature whose vectors are wanted; null when the run needs none (who wants "the only one" asks
   * `resolveFeature` first). Documents without it are left out.
   */
  readonly featureName: string | null;
  /** Payload paths to carry along, dots between levels. */
  readonly attributes: readonly string[];
  /** Payload paths whose strings make the text of a document; null when no text is wanted. */
  readonly textPaths: readonly string[] | null;
  /** Where the snapshot is written, relative to the storage folder. */
  readonly folder: string;
}

/** A snapshot as it is stored with the execution: enough to read the same documents and vectors again. */
export interface SnapshotManifest {
  readonly folder: string;
  readonly documents: number;
  /** 0 when no feature was asked for. */
  readonly dimensions: number;
  readonly featureName: string | null;
  readonly takenAt: string;
  /** Whether texts and attributes were asked for. */
  readonly hasTexts: boolean;
  readonly attributes: readonly string[];
  readonly sources: readonly {
    readonly collectionId: string;
    /** The event log's head when the snapshot was taken. */
    readonly seq: number;
    readonly documents: number;
    /** Pinned version of the collection's vector table; null when all its vectors were still staged, or none wanted. */
    readonly vectors: { readonly table: string; readonly version: number; readonly tag: string } | null;
  }[];
}

export interface SnapshotDeps {
  readonly db: Database;
  readonly vectors: VectorStore;
  readonly clock: DatabaseClock;
}

/**
 * Takes a snapshot: documents in order (collections as asked for, then ordinal) with their vectors, as they are at one
 * instant, and keeps it readable until `unpinSnapshot`. Taken again into the same folder it replaces itself.
 * Throws `not_found` for an unknown collection, `unknown_feature`, `wrong_dimensions`, `invalid_value` for none.
 *
 * Rows and staged vectors are read in one repeatable-read transaction into memory. A vector that a row names and that
 * was not staged at that instant had been appended before it, so the version pinned afterwards has it.
 */
export async function takeSnapshot(deps: SnapshotDeps, request: SnapshotRequest): Promise<SnapshotManifest> {
  const { db, vectors } = deps;
  const read = await db.transaction((tx) => readRows(tx, deps.clock, request), {
    isolation: "repeatable read",
    readOnly: true,
  });
  const { buffer, feature, collections } = read;
  await writeSnapshotFiles(
    join(vectors.storageFolder, request.folder),
    ...buffer.files(feature?.dimensions ?? 1),
  );
  const tag = tagOf(request.folder);
  const sources: SnapshotManifest["sources"][number][] = [];
  for (const { collectionId, features, seq, documents } of collections) {
    const position = features.findIndex((known) => known.name === feature?.name);
    const pinned = position < 0 ? null : await vectors.pin({ collectionId, feature: position }, tag);
    sources.push({ collectionId, seq, documents, vectors: pinned });
  }
  return {
    folder: request.folder,
    documents: buffer.documents,
    dimensions: feature?.dimensions ?? 0,
    featureName: feature?.name ?? null,
    takenAt: read.takenAt.toISOString(),
    hasTexts: request.textPaths !== null,
    attributes: request.attributes,
    sources,
  };
}

/** Lets the vector versions go that the snapshot pins; its files stay. Doing it twice is fine. */
export async function unpinSnapshot(
  { vectors }: Pick<SnapshotDeps, "vectors">,
  manifest: SnapshotManifest,
): Promise<void> {
  for (const source of manifest.sources) {
    if (source.vectors) await vectors.unpin(source.vectors.table, source.vectors.tag);
  }
}

async function readRows(tx: Tx, clock: DatabaseClock, request: SnapshotRequest) {
  const found = await readCollections(tx, request.collectionIds);
  const feature = request.featureName === null ? null : pickFeature(found, request.featureName);
  const buffer = new SnapshotBuffer(request);
  const collections = [];
  for (const [source, collection] of found.entries()) {
    const before = buffer.documents;
    const position = collection.features.findIndex((known) => known.name === feature?.name);
    await fetchInOrder(tx, buffer, { collectionId: collection.collectionId, source, feature: position });
    const { rows } = await fragment<{ seq: number }>`
      select event_seq as seq from collections where collection_id = ${collection.collectionId}`.execute(tx);
    collections.push({ ...collection, seq: rows[0]!.seq, documents: buffer.documents - before });
  }
  return { buffer, feature, collections, takenAt: await readClock(tx, clock) };
}

/** Tags hold letters, digits, '.', '-' and '_' only. */
function tagOf(folder: string): string {
  return folder.replaceAll(/[^A-Za-z0-9._-]/g, "-");
}
