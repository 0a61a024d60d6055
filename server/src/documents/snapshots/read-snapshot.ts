import { sql as fragment } from "kysely";

import type { Feature } from "#contract/collections.ts";
import { readClock, type DatabaseClock } from "../../db/database-clock.ts";
import type { Database, Sql, Tx } from "../../db/database.ts";
import { notFound } from "../../platform/app-error.ts";
import { parseFilter } from "../filters/parse-filter.ts";
import { pickFeature, readCollections } from "../resolve-feature.ts";
import { type InTransaction, SnapshotRows, type SourcePosition } from "./snapshot-rows.ts";
import type { SnapshotRequest } from "./snapshot.ts";

/** Texts of all documents together, and of one: labels need words, not whole books. */
const TEXT_BYTES = 128 * 1024 * 1024;
const TEXT_BYTES_AT_MOST = 16 * 1024;

/** A collection's figures that tell whether its documents have changed. */
interface Head {
  readonly collection_id: string;
  readonly seq: number;
  readonly document_count: number;
  readonly total_updated: number;
}

interface Source extends SourcePosition {
  readonly head: Head;
}

export interface SnapshotRead {
  readonly rows: SnapshotRows;
  /** In the order asked for, each once. */
  readonly features: readonly Feature[];
  readonly sources: readonly { readonly position: SourcePosition; readonly seq: number }[];
  readonly textBytes: number;
  readonly takenAt: Date;
}

/**
 * The documents and staged vectors of a snapshot, as they are at one instant.
 *
 * PostgreSQL reads them in one repeatable-read transaction, which is in nobody's way. PGlite has one session: there a
 * transaction of two million documents would hold up every request for 12 s, so they are read in many short statements
 * and a last short transaction sees whether they all hold at its own instant. They do if no document of the collections
 * was updated meanwhile and as many are there as were read: ordinals only grow, so what was inserted stands behind what
 * was read and was read too, and a deleted one would be missing from the count. Otherwise all is read again, in one
 * transaction.
 */
export async function readSnapshot(
  db: Database,
  clock: DatabaseClock,
  request: SnapshotRequest,
): Promise<SnapshotRead> {
  const exactly = { isolation: "repeatable read", readOnly: true } as const;
  if (db.kind === "pglite") {
    const reading = await Reading.begin(db.sql, request);
    await reading.readOn((work) => db.transaction(work, { readOnly: true }));
    const read = await db.transaction(async (tx) => {
      const ended = await reading.end(tx, clock);
      return (await reading.holds(tx)) ? ended : undefined;
    }, exactly);
    if (read) return read;
  }
  return db.transaction(async (tx) => (await Reading.begin(tx, request)).end(tx, clock), exactly);
}

class Reading {
  readonly #features: readonly Feature[];
  readonly #sources: readonly Source[];
  readonly #rows: SnapshotRows;
  readonly #textBytes: number;

  private constructor(features: readonly Feature[], sources: readonly Source[], request: SnapshotRequest) {
    this.#features = features;
    this.#sources = sources;
    const documents = sources.reduce((sum, { head }) => sum + head.document_count, 1);
    this.#textBytes = Math.min(TEXT_BYTES_AT_MOST, Math.ceil(TEXT_BYTES / documents));
    const filter = parseFilter(request.filters, ["filters"]);
    this.#rows = new SnapshotRows({ ...request, filter, textBytes: this.#textBytes });
  }

  /** Throws `not_found`, `unknown_feature`, `wrong_dimensions`, `invalid_value`. */
  static async begin(run: Sql, request: SnapshotRequest): Promise<Reading> {
    const found = await readCollections(run, request.collectionIds);
    const features = [...new Set(request.featureNames)].map((name) => pickFeature(found, name));
    const heads = await readHeads(
      run,
      found.map(({ collectionId }) => collectionId),
    );
    const sources = found.map(({ collectionId, features: own }, source) => {
      const head = heads.get(collectionId);
      if (!head) throw notFound("collection", collectionId);
      const positions = features.map(({ name }) => own.findIndex((known) => known.name === name));
      return {
        collectionId,
        source,
        features: positions,
        head,
        after: -1,
        seen: 0,
        documents: 0,
        lacking: 0,
      };
    });
    return new Reading(features, sources, request);
  }

  async readOn(inTransaction: InTransaction): Promise<void> {
    for (const source of this.#sources) await this.#rows.readOn(inTransaction, source);
  }

  /** Reads what is left. */
  async end(tx: Tx, clock: DatabaseClock): Promise<SnapshotRead> {
    await this.readOn((work) => work(tx));
    const dimensions = this.#features.map((feature) => feature.dimensions);
    await this.#rows.readStaged(tx, this.#sources, dimensions);
    const heads = await readHeads(tx, this.#collectionIds);
    return {
      rows: this.#rows,
      features: this.#features,
      sources: this.#sources.map((position) => ({
        position,
        seq: heads.get(position.collectionId)?.seq ?? 0,
      })),
      textBytes: this.#textBytes,
      takenAt: await readClock(tx, clock),
    };
  }

  /** Whether what was read before this transaction, too, is as it is in this transaction. */
  async holds(tx: Tx): Promise<boolean> {
    const now = await readHeads(tx, this.#collectionIds);
    return this.#sources.every(({ collectionId, head, seen }) => {
      const { total_updated: updated, document_count: count } = now.get(collectionId) ?? {};
      return updated === head.total_updated && count === seen;
    });
  }

  get #collectionIds(): string[] {
    return this.#sources.map(({ collectionId }) => collectionId);
  }
}

async function readHeads(run: Sql, collectionIds: readonly string[]): Promise<Map<string, Head>> {
  const { rows } = await fragment<Head>`
    select collection_id, event_seq as seq, document_count, total_updated from collections
    where collection_id = any(${collectionIds}::text[])`.execute(run);
  return new Map(rows.map((head) => [head.collection_id, head]));
}
