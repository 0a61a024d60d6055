import { join } from "node:path";

import type { Feature } from "#contract/collections.ts";
import { readClock, type DatabaseClock } from "../../db/database-clock.ts";
import type { Database } from "../../db/database.ts";
import { GARBAGE_GRACE_SECONDS } from "../upkeep/collect-garbage.ts";
import type { VectorStore } from "../vector-store.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { writeSnapshotFiles } from "./snapshot-files.ts";

/** What a run wants to read. */
export interface SnapshotRequest {
  readonly collectionIds: readonly string[];
  /**
   * The features whose vectors are wanted; none when the run needs no vectors (who wants "the only one" asks
   * `resolveFeatures` first). A document that lacks a vector of any of them is left out.
   */
  readonly featureNames: readonly string[];
  /** Which documents, in the filter language; absent or null: all. */
  readonly filters?: Readonly<Record<string, unknown>> | null;
  /** Payload paths to carry along, dots between levels. */
  readonly attributes: readonly string[];
  /** More of them, for labels: a run can do without. */
  readonly labelAttributes?: readonly string[];
  /** Payload paths whose strings make the text of a document; null when no text is wanted. */
  readonly textPaths: readonly string[] | null;
  /** Where the snapshot is written, relative to the storage folder. */
  readonly folder: string;
}

/** A snapshot as it is stored with the execution: enough to read the same documents and vectors again. */
export interface SnapshotManifest {
  readonly folder: string;
  readonly documents: number;
  /** Documents that were left out because they lack a vector of one of the features. Absent: none, or it was not counted. */
  readonly lackingVectors?: number;
  /** Those whose vectors every document has; empty when none was asked for. */
  readonly features: readonly Feature[];
  readonly takenAt: string;
  /** What the request asked for. */
  readonly filters: Readonly<Record<string, unknown>> | null;
  readonly textPaths: readonly string[] | null;
  readonly attributes: readonly string[];
  /** Those that are for labels. Absent: none. */
  readonly labelAttributes?: readonly string[];
  /** How many texts were longer than what is taken of one, and how much that is; null when none was. */
  readonly textsCut: { readonly texts: number; readonly bytes: number } | null;
  readonly sources: readonly {
    readonly collectionId: string;
    /** The event log's head when the snapshot was taken. */
    readonly seq: number;
    readonly documents: number;
    /** Documents of the collection with ordinals up to here were looked at. Absent in manifests of before placements. */
    readonly lastOrdinal?: number;
    /** For each of the features the pinned version of the collection's table; null when all vectors were still staged. */
    readonly vectors: readonly (PinnedTable | null)[];
  }[];
}

export interface PinnedTable {
  readonly table: string;
  readonly version: number;
  readonly tag: string;
}

export interface SnapshotDeps {
  readonly db: Database;
  readonly vectors: VectorStore;
  readonly clock: DatabaseClock;
}

/**
 * Takes a snapshot: documents in order (collections as asked for, then ordinal) with their vectors, as they are at one
 * instant, and keeps it readable until `unpinSnapshot`. Taken again into the same folder it replaces itself. One that
 * fails half way pins nothing; what it has written stays.
 * Throws `not_found` for an unknown collection, `unknown_feature`, `wrong_dimensions`, `invalid_value` for none.
 *
 * Rows and staged vectors are read into memory, then written. A vector that a row names and that was not staged at the
 * snapshot's instant had been appended before it, so the version pinned afterwards has it: garbage is collected only after a grace, and a
 * snapshot that takes longer than that throws.
 */
export async function takeSnapshot(deps: SnapshotDeps, request: SnapshotRequest): Promise<SnapshotManifest> {
  const { db, vectors, clock } = deps;
  const began = await readClock(db.sql, clock);
  const { labelAttributes = [] } = request;
  const attributes = [...new Set([...request.attributes, ...labelAttributes])];
  const { rows, features, sources, textBytes, takenAt } = await readSnapshot(db, clock, {
    ...request,
    attributes,
  });
  const dimensions = features.map((feature) => feature.dimensions);
  await writeSnapshotFiles(join(vectors.storageFolder, request.folder), rows, dimensions);
  const tag = tagOf(request.folder);
  const pinned: (PinnedTable | null)[][] = sources.map(() => []);
  try {
    for (const [index, { position }] of sources.entries()) {
      const { collectionId, features: positions } = position;
      for (const feature of positions) pinned[index]!.push(await vectors.pin({ collectionId, feature }, tag));
    }
    await refuseTooSlow(deps, began);
  } catch (error) {
    await unpin(vectors, pinned);
    throw error;
  }
  const lackingVectors = sources.reduce((sum, { position }) => sum + position.lacking, 0);
  return {
    folder: request.folder,
    documents: sources.reduce((sum, { position }) => sum + position.documents, 0),
    ...(lackingVectors > 0 ? { lackingVectors } : {}),
    features,
    takenAt: takenAt.toISOString(),
    filters: request.filters ?? null,
    textPaths: request.textPaths,
    textsCut: rows.textsCut === 0 ? null : { texts: rows.textsCut, bytes: textBytes },
    attributes,
    ...(labelAttributes.length > 0 ? { labelAttributes } : {}),
    sources: sources.map(({ position: { collectionId, documents, after }, seq }, index) => ({
      collectionId,
      seq,
      documents,
      lastOrdinal: Math.max(after, 0),
      vectors: pinned[index]!,
    })),
  };
}

async function refuseTooSlow({ db, clock }: SnapshotDeps, began: Date): Promise<void> {
  const tookMs = (await readClock(db.sql, clock)).getTime() - began.getTime();
  if (tookMs < GARBAGE_GRACE_SECONDS * 1000) return;
  throw new Error(
    `Taking the snapshot took ${Math.round(tookMs / 1000)} s; vectors of documents that were changed meanwhile may have been removed.`,
  );
}

/** Lets the vector versions go that the snapshot pins; its files stay. Doing it twice is fine. */
export async function unpinSnapshot(
  { vectors }: Pick<SnapshotDeps, "vectors">,
  manifest: SnapshotManifest,
): Promise<void> {
  await unpin(
    vectors,
    manifest.sources.map((source) => source.vectors),
  );
}

async function unpin(
  vectors: VectorStore,
  pinned: readonly (readonly (PinnedTable | null)[])[],
): Promise<void> {
  for (const table of pinned.flat()) if (table) await vectors.unpin(table.table, table.tag);
}

/** The tag that pins the vectors of the snapshot in this folder: letters, digits, '.', '-' and '_' only. */
export function tagOf(folder: string): string {
  return folder.replaceAll(/[^A-Za-z0-9._-]/g, "-");
}
