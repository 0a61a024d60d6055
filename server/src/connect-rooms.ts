import { enqueueEnrichment } from "./clusters/enrichment/enqueue-enrichment.ts";
import type { PlacementDeps } from "./clusters/placement/place-cluster.ts";
import type { DatabaseClock } from "./db/database-clock.ts";
import type { Database } from "./db/database.ts";
import { listPins } from "./documents/snapshots/snapshot-pins.ts";
import { takeSnapshot, unpinSnapshot } from "./documents/snapshots/snapshot.ts";
import { VectorStore } from "./documents/vector-store.ts";
import type { Config } from "./platform/config.ts";
import { systemClock } from "./platform/clock.ts";
import { Courtesy } from "./platform/courtesy.ts";
import type { Logger } from "./platform/logger.ts";
import type { OutgoingDeps } from "./platform/outgoing/send-outgoing.ts";
import type { TestSignals } from "./platform/test-signals.ts";
import { Turnstile } from "./platform/turnstile.ts";
import type { RouteDeps } from "./register-routes.ts";
import { ProcessPool } from "./runs/process/process-pool.ts";
import { letGoOfCollection } from "./runs/snapshots/let-go.ts";
import { ensureSigningSecret } from "./tenancy/signing-secret.ts";
import { askWebhook } from "./triggers/conditions/ask-webhook.ts";
import type { CheckerDeps } from "./triggers/conditions/checker.ts";
import { createMeasure } from "./triggers/conditions/measure.ts";
import { createCollectionDeletedHook, createDocumentsHook } from "./triggers/events.ts";
import { createRunHooks } from "./triggers/run-hooks.ts";

export interface Foundations {
  readonly db: Database;
  /** Decides what is due. */
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly signals: TestSignals;
  readonly config: Pick<
    Config,
    | "storageFolder"
    | "dataFolder"
    | "limits"
    | "quotas"
    | "runsAtOnce"
    | "runMemoryBytes"
    | "runSeconds"
    | "keepSnapshots"
    | "allowOutgoing"
    | "signingSecret"
    | "labels"
  >;
  /** How the names in users' URLs are resolved; by the machine if it is left out. */
  readonly lookup?: OutgoingDeps["lookup"];
}

/** The rooms with what they need of each other: documents wake triggers, a run's end is told to its trigger. */
export function connectRooms(
  foundations: Foundations,
): Omit<RouteDeps, "health"> & { readonly checks: CheckerDeps; readonly placement: PlacementDeps } {
  const { db, clock, logger, signals, config } = foundations;
  const { storageFolder, limits, quotas } = config;
  const triggers = { db, clock, logger, signals, limits };
  const ofDocuments = createDocumentsHook(triggers);
  const onDeleting = createCollectionDeletedHook(triggers);
  const documents: RouteDeps["documents"] = {
    db,
    clock,
    quotas,
    logger,
    signals,
    vectors: new VectorStore(storageFolder),
    // With 3 the readers of bench/ingest waited up to 150 ms (p99), with 6 less than 100.
    courtesy: new Courtesy(6),
    onCommitted: async (tx, event) => {
      await ofDocuments(tx, event);
      db.wakeAfterCommit(tx, "placements");
    },
    onDeleting: async (tx, collectionId) => {
      await onDeleting(tx, collectionId);
      // Its vectors go with it; the sweep, woken by the commit, removes what else the snapshots have.
      await letGoOfCollection(tx, collectionId);
      db.wakeAfterCommit(tx, "snapshots");
    },
  };
  const snapshots: RouteDeps["runs"]["snapshots"] = {
    takeSnapshot: (request) => takeSnapshot(documents, request),
    unpinSnapshot: (manifest) => unpinSnapshot(documents, manifest),
    listPins: () => listPins(documents.vectors),
    unpin: ({ table, tag }) => documents.vectors.unpin(table, tag),
  };
  const ofTriggers = createRunHooks(triggers);
  const hooks: RouteDeps["runs"]["hooks"] = {
    ...ofTriggers,
    ended: async (tx, ended) => {
      await ofTriggers.ended(tx, ended);
      await enqueueEnrichment(db, clock, tx, ended);
      db.wakeAfterCommit(tx, "placements");
    },
  };
  const runs = { db, clock, logger, signals, hooks, storageFolder, config, snapshots };
  const enrichment = { documents, storageFolder };
  const checks = { ...triggers, ...connectChecks(foundations, documents.vectors) };
  const pool = new ProcessPool({ size: 1, memoryBytes: config.runMemoryBytes, inForeground: true });
  const placement = { documents, storageFolder, pool };
  return { tenancy: { db, clock, quotas }, documents, runs, triggers, enrichment, checks, placement };
}

/** What measures conditions: one process for vectors, and the secret that questions are signed with, once one is asked. */
function connectChecks(
  { db, config, lookup }: Foundations,
  vectors: VectorStore,
): Pick<CheckerDeps, "measure" | "stopMeasuring"> {
  const { storageFolder, runMemoryBytes, allowOutgoing } = config;
  const pool = new ProcessPool({ size: 1, memoryBytes: runMemoryBytes });
  let secret: Promise<string> | undefined;
  const measure = createMeasure({
    ...{ db, vectors, storageFolder, pool, turnstile: new Turnstile(1) },
    ask: async (question, signal) => {
      secret ??= ensureSigningSecret(db, config);
      const outgoing = { allow: allowOutgoing, ...(lookup ? { lookup } : {}) };
      return askWebhook({ outgoing, signingSecret: await secret, clock: systemClock }, question, signal);
    },
  });
  return { measure, stopMeasuring: () => pool.stop() };
}
