import { systemClock } from "../../platform/clock.ts";
import { AppError } from "../../platform/app-error.ts";
import type { DocumentsDeps } from "../../documents/deps.ts";
import {
  type CurrentDocuments,
  type CurrentSource,
  findCurrent,
} from "../../documents/sampling/current-documents.ts";
import { lookInOrder, toDrawn } from "../../documents/sampling/documents-in-order.ts";
import { readDrawnVectors } from "../../documents/sampling/read-drawn-vectors.ts";
import { askChild } from "../../runs/process/ask-child.ts";
import type { ProcessPool } from "../../runs/process/process-pool.ts";
import type { Placed } from "../../runs/rules/place-documents.ts";
import { removeAll, settlePredictions } from "./settle-predictions.ts";
import { type ClaimedPlacing, type CompletedRun, holdPlacing } from "./lease.ts";
import { findChanged, type NewPlacement, type OrderedDocument, replacePlacements } from "./placement-rows.ts";
import { adoptRun, failPlacing, type Position, readHead, savePosition } from "./progress.ts";

export interface PlacementDeps {
  readonly documents: DocumentsDeps;
  readonly storageFolder: string;
  /** Of the process that places, kept ready between batches. */
  readonly pool: ProcessPool;
  /** How long a cluster's documents are placed before other clusters have their turn; 5,000 if it is left out. */
  readonly turnMs?: number;
}

/** Documents of a batch: what one request usually brings; on PGlite everybody waits while it is written. */
const BATCH = 1_000;
const PGLITE_BATCH_BESIDE_OTHERS = 200;

const TURN_MS = 5_000;

const NO_RULES =
  "The last run has left no rules to place documents by: it began before place_new_documents was turned on. Run the cluster again.";

/**
 * Does what there is to do for a cluster that the caller has claimed: takes over the rules of a newer run, places the
 * documents that its snapshot has not read, looks again at those that have changed since, and settles what was
 * predicted before it. Resolves when nothing is left, when its turn is over or `signal` aborts. Throws PlacingLost, and what a database that is
 * away throws.
 */
export async function placeCluster(
  deps: PlacementDeps,
  claimed: ClaimedPlacing,
  signal: AbortSignal,
): Promise<void> {
  const { last, isWanted } = claimed;
  if (isWanted && last !== null) {
    const { error, positions } =
      claimed.runId === last.runId ? claimed : await takeOver(deps, claimed, last, signal);
    if (error === null) await placeAll(deps, claimed, last, positions, signal);
  }
  await settlePredictions(deps, claimed, signal);
}

async function takeOver(
  deps: PlacementDeps,
  claimed: ClaimedPlacing,
  last: CompletedRun,
  signal: AbortSignal,
): Promise<Pick<ClaimedPlacing, "error" | "positions">> {
  const { db, clock } = deps.documents;
  // Left where placing was turned off and on again before all was removed.
  if (claimed.runId === null) await removeAll(deps, claimed, signal);
  signal.throwIfAborted();
  const { sources } = last.manifest;
  const positions = Object.fromEntries(
    sources.map(({ collectionId, seq, lastOrdinal: ordinal = 0 }) => [collectionId, { seq, ordinal }]),
  );
  const error = await whyNot(() => place(deps, last, [], [], signal));
  await db.transaction(async (tx) => {
    await holdPlacing(tx, clock, claimed);
    await adoptRun(tx, claimed.clusterId, { runId: last.runId, positions, error });
  });
  return { error, positions };
}

/** Why it cannot be done by this run, however often it is tried; null if it goes well. Throws what may go well another time. */
async function whyNot(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    const { code, message, repeats } = error as { code?: string; message: string; repeats?: boolean };
    if (code === "no_rules") return NO_RULES;
    if (repeats === true || (error instanceof AppError && error.status < 500)) return message;
    throw error;
  }
}

async function placeAll(
  deps: PlacementDeps,
  claimed: ClaimedPlacing,
  last: CompletedRun,
  positions: ClaimedPlacing["positions"],
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = deps.documents;
  const turnEnds = systemClock.monotonicMs() + (deps.turnMs ?? TURN_MS);
  const turn: Turn = { isOver: () => signal.aborted || systemClock.monotonicMs() >= turnEnds, signal };
  const error = await whyNot(async () => {
    const current = await findCurrent(db.sql, {
      collectionIds: claimed.definition.collectionIds,
      filters: claimed.definition.filters ?? null,
      featureNames: last.manifest.features.map(({ name }) => name),
    });
    for (const source of current.sources) {
      const position = positions[source.collectionId] ?? { seq: 0, ordinal: 0 };
      await new SourcePlacing(deps, claimed, last, current, source).catchUp(position, turn);
    }
  });
  if (error === null) return;
  await db.transaction(async (tx) => {
    await holdPlacing(tx, clock, claimed);
    await failPlacing(tx, claimed.clusterId, error);
  });
}

/** Looked at after each batch: one is placed in any turn. */
interface Turn {
  readonly isOver: () => boolean;
  readonly signal: AbortSignal;
}

/** The documents of one collection. */
class SourcePlacing {
  readonly #deps: PlacementDeps;
  readonly #claimed: ClaimedPlacing;
  readonly #last: CompletedRun;
  readonly #current: CurrentDocuments;
  readonly #source: CurrentSource;

  constructor(
    deps: PlacementDeps,
    claimed: ClaimedPlacing,
    last: CompletedRun,
    current: CurrentDocuments,
    source: CurrentSource,
  ) {
    this.#deps = deps;
    this.#claimed = claimed;
    this.#last = last;
    this.#current = current;
    this.#source = source;
  }

  /** Ordinals grow in the order of commits, so what comes while this reads stands behind what was read. */
  async catchUp(from: Position, turn: Turn): Promise<void> {
    const { db, courtesy } = this.#deps.documents;
    const { collectionId } = this.#source;
    // Read first: what is committed while the documents are read is looked at again, not missed.
    const head = await readHead(db.sql, collectionId);
    if (!head || head.seq <= from.seq) return;
    const giveWay = courtesy.begin();
    if (head.updated !== from.updated) await this.#placeChanged(from.ordinal, giveWay, turn.signal);
    let { ordinal } = from;
    do {
      const limit = this.#batch;
      const looked = await lookInOrder(db, this.#source, this.#current.filter, ordinal, limit);
      const isLast = looked.length < limit;
      ordinal = looked.at(-1)?.ordinal ?? ordinal;
      const wanted = looked.filter(({ wanted: isWanted }) => isWanted);
      const documents = wanted.map((row) => ({ ...toDrawn(this.#source, row), ordinal: row.ordinal }));
      await this.#placeBatch(documents, { position: { ...(isLast ? head : from), ordinal } }, turn.signal);
      if (isLast) return;
      await giveWay();
    } while (!turn.isOver());
  }

  /** Places again what has changed of documents that were looked at before; what is no longer wanted loses its place. */
  async #placeChanged(upTo: number, giveWay: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { db } = this.#deps.documents;
    const of = { source: this.#source, filter: this.#current.filter };
    for (let after = this.#firstOrdinal; !signal.aborted;) {
      const changed = await findChanged(db.sql, this.#run, of, { after, upTo }, this.#batch);
      if (changed.length === 0) return;
      const { wanted = [], left = [] } = Object.groupBy(changed, ({ isWanted }) =>
        isWanted ? "wanted" : "left",
      );
      await this.#placeBatch(wanted, { left }, signal);
      after = changed.at(-1)!.ordinal;
      await giveWay();
    }
  }

  get #run() {
    return { clusterId: this.#claimed.clusterId, runId: this.#last.runId };
  }

  /** Documents up to here were looked at by the run. */
  get #firstOrdinal(): number {
    const { sources } = this.#last.manifest;
    return sources.find(({ collectionId }) => collectionId === this.#source.collectionId)?.lastOrdinal ?? 0;
  }

  get #batch(): number {
    const { db, courtesy } = this.#deps.documents;
    return db.kind === "pglite" && courtesy.isAttended ? PGLITE_BATCH_BESIDE_OTHERS : BATCH;
  }

  /**
   * @param left documents that lose their places
   * @param position where the collection is looked at up to once these are placed
   */
  async #placeBatch(
    documents: readonly OrderedDocument[],
    { left = [], position }: { readonly left?: readonly OrderedDocument[]; readonly position?: Position },
    signal: AbortSignal,
  ): Promise<void> {
    const { db, vectors: store, clock, signals } = this.#deps.documents;
    const read = await readDrawnVectors(db.sql, store, this.#current, documents);
    const found = read.documents as readonly OrderedDocument[];
    const vectors = this.#current.features.map(({ name, dimensions }, at) => {
      return { feature: name, dimensions, values: read.vectors[at]! };
    });
    const placed = found.length === 0 ? [] : await place(this.#deps, this.#last, found, vectors, signal);
    const rows = placed.flatMap((own, part) => toRows(found, own, part));
    await db.transaction(async (tx) => {
      await holdPlacing(tx, clock, this.#claimed);
      await replacePlacements(tx, clock, this.#run, [...found, ...left], rows);
      if (position) await savePosition(tx, this.#run.clusterId, this.#source.collectionId, position);
    });
    signals.announce("placer.placed", { clusterId: this.#run.clusterId, documents: found.length });
  }
}

function toRows(
  documents: readonly OrderedDocument[],
  { feature, numbers, distances }: Placed,
  part: number,
): NewPlacement[] {
  return documents.map(({ collectionId, documentId, ordinal, vectorIds }, at) => ({
    ...{ collection_id: collectionId, ordinal, part, document_id: documentId },
    vector_ids: vectorIds,
    ...{ feature, number: numbers[at]!, distance: distances[at]! },
  }));
}

function place(
  { storageFolder, pool }: PlacementDeps,
  { artifactPath }: CompletedRun,
  documents: readonly unknown[],
  vectors: readonly { feature: string; dimensions: number; values: Float32Array }[],
  signal: AbortSignal,
): Promise<readonly Placed[]> {
  const job = { storageFolder, artifactPath, documents: documents.length, vectors };
  return askChild(pool, signal, (child) => child.place(job));
}
