import { isDatabaseAway } from "../db/database-errors.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../platform/app-error.ts";
import { nextTurn } from "../platform/timers.ts";
import type { Collection } from "./collections/store.ts";
import { hashOf, joinParts, splitParts } from "./content-hash.ts";
import type { DocumentsDeps } from "./deps.ts";
import { documentSize } from "./document-size.ts";
import type { IncomingDocument, IncomingVector } from "./incoming-document.ts";
import { lockEnabled } from "./lock-collection.ts";
import { closeWrite, holdWrite, openWrite } from "./open-writes.ts";
import { settleCommit } from "./settle-commit.ts";
import {
  allocateVectorIds,
  findStates,
  insertDocuments,
  stageVectors,
  updateDocuments,
  type DocumentState,
  type DocumentWrite,
  type StagedVector,
} from "./store.ts";

/** Vectors and bytes from which a write goes to the vector store at once instead of being staged. */
const DIRECT_VECTORS = 1_000;
const DIRECT_BYTES = 4 * 1024 * 1024;

const DOCUMENTS_A_TURN = 500;

const EMPTY_PAYLOAD = hashOf("{}");

export interface CommitOptions {
  /** The write that finishes an ingest request counts as a batch in the event log, even if it changes nothing. */
  readonly finishesBatch: boolean;
  /** Whether a document that exists is updated or refuses the write (`document_exists`). */
  readonly existing: "update" | "refuse";
  /** Whether more of what was prepared follows in a transaction of its own, so that the write stays open. */
  readonly more?: boolean;
}

export interface CommitCounts {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** A new vector with its id. `direct`: it is in the vector store already, else it is to be staged. */
interface PlacedVector {
  readonly id: number;
  readonly direct: boolean;
}

/** Checked documents on their way in: their new vectors have ids, and lie in the vector store if they are many. */
export interface PreparedDocuments {
  readonly documents: readonly IncomingDocument[];
  readonly placed: ReadonlyMap<IncomingVector, PlacedVector>;
  /** Keeps the vectors in the store from being collected until the commit; null when all are to be staged. */
  readonly writeId: string | null;
}

/**
 * Stores checked documents, whose ids differ, together or not at all: rows, event and hook in one transaction.
 * An update replaces the payload if one is given and those vectors that are given; what comes out equal is unchanged.
 */
export async function commitDocuments(
  deps: DocumentsDeps,
  collection: Collection,
  documents: readonly IncomingDocument[],
  options: CommitOptions,
): Promise<CommitCounts> {
  return commitPrepared(deps, collection, await prepareDocuments(deps, collection, documents), options);
}

/**
 * The part before the transaction, which must not wait for files: large writes append their vectors to the vector
 * store. Which vectors are new is decided here without a lock; the transaction decides again and stages those that
 * another writer made new in between. A write that comes to nothing leaves garbage that no row refers to.
 */
export async function prepareDocuments(
  deps: DocumentsDeps,
  collection: Collection,
  documents: readonly IncomingDocument[],
): Promise<PreparedDocuments> {
  const { db, clock, signals } = deps;
  const vectors: IncomingVector[] = [];
  for await (const slice of slices(documents, deps.courtesy.begin())) {
    const ids = slice.map((document) => document.documentId);
    vectors.push(...newVectors(slice, await findStates(db.sql, collection.collectionId, ids)));
  }
  const bytes = vectors.reduce((sum, vector) => sum + vector.values.byteLength, 0);
  if (vectors.length < DIRECT_VECTORS && bytes < DIRECT_BYTES) {
    const vectorIds = await allocateVectorIds(db.sql, vectors.length);
    return { documents, placed: place(vectors, vectorIds, false), writeId: null };
  }
  const { writeId, vectorIds } = await openWrite(db.sql, clock, collection.collectionId, vectors.length);
  const placed = place(vectors, vectorIds, true);
  try {
    await append(deps, collection, vectors, placed);
  } catch (error) {
    await giveUp(deps, writeId);
    throw error;
  }
  signals.announce("documents.appended", { collectionId: collection.collectionId, writeId });
  return { documents, placed, writeId };
}

/** The transaction. Throws `illegal_state_change` for a disabled collection, `document_exists`, and what quotas refuse. */
export async function commitPrepared(
  deps: DocumentsDeps,
  collection: Collection,
  prepared: PreparedDocuments,
  options: CommitOptions,
): Promise<CommitCounts> {
  try {
    return await deps.db.transaction((tx) => commit(deps, tx, collection, prepared, options));
  } catch (error) {
    // While the database is away the write stays open until it is shut out: whether it committed is not known.
    if (prepared.writeId !== null && !isDatabaseAway(error)) await giveUp(deps, prepared.writeId);
    throw error;
  }
}

async function commit(
  deps: DocumentsDeps,
  tx: Tx,
  collection: Collection,
  { documents, placed, writeId }: PreparedDocuments,
  options: CommitOptions,
): Promise<CommitCounts> {
  const { collectionId } = collection;
  await lockEnabled(tx, collection);
  const total = { added: 0, updated: 0, bytes: 0 };
  // On PGlite everybody waits for the transaction to end.
  const giveWay = deps.db.kind === "pglite" ? nextTurn : deps.courtesy.begin();
  for await (const slice of slices(documents, giveWay)) {
    const ids = slice.map((document) => document.documentId);
    const states = await findStates(tx, collectionId, ids);
    if (options.existing === "refuse" && states.size > 0)
      throw documentExists(collection, [...states.keys()][0]!);
    const plan = await planWrites(tx, collection, slice, states, placed);
    await insertDocuments(tx, deps.clock.now, collectionId, plan.inserts);
    await updateDocuments(tx, deps.clock.now, collectionId, plan.updates);
    await stageVectors(tx, collectionId, plan.staged);
    total.added += plan.inserts.length;
    total.updated += plan.updates.length;
    total.bytes += plan.bytes;
  }
  const { bytes, ...counts } = total;
  await settleCommit(deps, tx, collection, { ...counts, batches: options.finishesBatch ? 1 : 0, bytes });
  // Last, since a collector that looks for open writes waits for it.
  const leave = options.more === true ? holdWrite : closeWrite;
  if (writeId !== null && !(await leave(tx, writeId))) throw shutOut(collection);
  return { ...counts, unchanged: documents.length - counts.added - counts.updated };
}

/** A part of the documents at a time, between which others have their turn: all of a large write at once took 100 ms. */
async function* slices(
  documents: readonly IncomingDocument[],
  giveWay: () => Promise<void>,
): AsyncGenerator<readonly IncomingDocument[]> {
  for (let from = 0; from < documents.length; from += DOCUMENTS_A_TURN) {
    if (from > 0) await giveWay();
    yield documents.slice(from, from + DOCUMENTS_A_TURN);
  }
}

/** Its vectors may have been removed: committed, its rows would point to nothing. */
function shutOut(collection: Collection): AppError {
  return new AppError(
    "write_expired",
    `Storing documents in the collection '${collection.name}' took longer than a write may take, so nothing of it was stored. Send them again.`,
  );
}

/** Lets go of what was prepared and will not be committed. */
export async function abandonPrepared(deps: DocumentsDeps, { writeId }: PreparedDocuments): Promise<void> {
  if (writeId !== null) await giveUp(deps, writeId);
}

async function giveUp({ db, logger }: DocumentsDeps, writeId: string): Promise<void> {
  try {
    await closeWrite(db.sql, writeId);
  } catch (error) {
    logger.warn({ err: error, writeId }, "a write that failed stays open until it is shut out");
  }
}

function documentExists(collection: Collection, documentId: string): AppError {
  return new AppError(
    "document_exists",
    `The collection '${collection.name}' has a document '${documentId}'. Choose another id, or update it by ingesting it.`,
    { details: { document_id: documentId } },
  );
}

function newVectors(
  documents: readonly IncomingDocument[],
  states: ReadonlyMap<string, DocumentState>,
): IncomingVector[] {
  return documents.flatMap((document) => {
    const state = states.get(document.documentId);
    if (!state) return document.vectors;
    const { vectors } = splitParts(state.contentHash);
    return document.vectors.filter((vector) => vectors[vector.feature] !== vector.hash);
  });
}

function place(
  vectors: readonly IncomingVector[],
  ids: readonly number[],
  direct: boolean,
): Map<IncomingVector, PlacedVector> {
  return new Map(vectors.map((vector, i) => [vector, { id: ids[i]!, direct }]));
}

async function append(
  { vectors: store }: DocumentsDeps,
  { collectionId, features }: Collection,
  vectors: readonly IncomingVector[],
  placed: ReadonlyMap<IncomingVector, PlacedVector>,
): Promise<void> {
  for (const [feature, { dimensions }] of features.entries()) {
    const own = vectors.filter((vector) => vector.feature === feature);
    if (own.length === 0) continue;
    const rows = new Float32Array(own.length * dimensions);
    for (const [row, vector] of own.entries()) {
      if (row > 0 && row % DOCUMENTS_A_TURN === 0) await nextTurn();
      rows.set(vector.values, row * dimensions);
    }
    const rowIds = BigInt64Array.from(own, (vector) => BigInt(placed.get(vector)!.id));
    await store.append({ collectionId, feature }, dimensions, rowIds, rows);
  }
}

interface WritePlan {
  readonly inserts: DocumentWrite[];
  readonly updates: DocumentWrite[];
  readonly staged: StagedVector[];
  /** How much larger the collection becomes. */
  bytes: number;
}

async function planWrites(
  tx: Tx,
  { features }: Collection,
  documents: readonly IncomingDocument[],
  states: ReadonlyMap<string, DocumentState>,
  placed: ReadonlyMap<IncomingVector, PlacedVector>,
): Promise<WritePlan> {
  const surprises = newVectors(documents, states).filter((vector) => !placed.has(vector));
  const surpriseIds = await allocateVectorIds(tx, surprises.length);
  const late = new Map(surprises.map((vector, i) => [vector, { id: surpriseIds[i]!, direct: false }]));
  const plan: WritePlan = { inserts: [], updates: [], staged: [], bytes: 0 };
  for (const document of documents) {
    const state = states.get(document.documentId);
    const old = state && splitParts(state.contentHash);
    const vectorIds = features.map((_, feature) => state?.vectorIds[feature] ?? null);
    const hashes = features.map((_, feature) => old?.vectors[feature] ?? null);
    for (const vector of document.vectors) {
      if (hashes[vector.feature] === vector.hash) continue;
      const { id, direct } = (placed.get(vector) ?? late.get(vector))!;
      vectorIds[vector.feature] = id;
      hashes[vector.feature] = vector.hash;
      if (!direct) plan.staged.push({ vectorId: id, feature: vector.feature, values: vector.values });
    }
    const payload = document.payloadHash ?? old?.payload ?? EMPTY_PAYLOAD;
    const contentHash = joinParts({ payload, vectors: hashes });
    const sizeBytes = documentSize(features, document.payload, vectorIds, state);
    const write = {
      documentId: document.documentId,
      payload: document.payload,
      vectorIds,
      contentHash,
      sizeBytes,
    };
    if (!state) plan.inserts.push(write);
    else if (state.contentHash !== contentHash) plan.updates.push(write);
    else continue;
    plan.bytes += sizeBytes - (state?.sizeBytes ?? 0);
  }
  return plan;
}
