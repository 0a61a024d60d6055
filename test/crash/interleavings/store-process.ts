/**
 * A server whose upkeep is asked for instead of coming round: everything else is the product's own, wired as main.ts
 * does it. Messages: {id, kind, …} in, {id, result} or {id, error} out; {url} once it answers.
 */
import { join } from "node:path";

import { sql } from "kysely";

import { connectRooms } from "../../../server/src/connect-rooms.ts";
import { databaseClock, type DatabaseClock } from "../../../server/src/db/database-clock.ts";
import { openDatabase } from "../../../server/src/db/open-database.ts";
import { PgliteUpkeep } from "../../../server/src/db/pglite-upkeep.ts";
import { GarbageCollector } from "../../../server/src/documents/upkeep/collect-garbage.ts";
import { compactTables } from "../../../server/src/documents/upkeep/compact.ts";
import { flushStaged } from "../../../server/src/documents/upkeep/flush.ts";
import { readSnapshotDocuments } from "../../../server/src/documents/snapshots/snapshot-reader.ts";
import {
  type SnapshotManifest,
  takeSnapshot,
  unpinSnapshot,
} from "../../../server/src/documents/snapshots/snapshot.ts";
import { sweepCollections } from "../../../server/src/documents/upkeep/sweep.ts";
import { createApp } from "../../../server/src/http/app.ts";
import { systemClock } from "../../../server/src/platform/clock.ts";
import { readConfig } from "../../../server/src/platform/config.ts";
import { silentLogger } from "../../../server/src/platform/logger.ts";
import { TestSignals } from "../../../server/src/platform/test-signals.ts";
import { readSnapshotVectors } from "../../factories/read-snapshot.ts";
import { registerRoutes } from "../../../server/src/register-routes.ts";
import { createReaper } from "../../../server/src/runs/reaper.ts";
import { createWorker } from "../../../server/src/runs/worker.ts";
import { ensureFirstStart } from "../../../server/src/tenancy/first-start.ts";

export type UpkeepRequest =
  | { readonly kind: "flush" | "compact" | "collect" | "pass time" | "sweep" | "vacuum" | "count events" }
  | {
      readonly kind: "snapshot";
      readonly collectionId: string;
      readonly featureNames: readonly string[];
      readonly folder: string;
    }
  | { readonly kind: "read" | "unpin"; readonly manifest: SnapshotManifest };

/** What a snapshot holds: for each document its `n`, if it has a payload, and its vector of each feature. */
export type SnapshotContents = Record<
  string,
  { readonly n: number | null; readonly vectors: Readonly<Record<string, readonly number[]>> }
>;

const config = readConfig(process.env);
const { db } = await openDatabase({
  ...config,
  maxConnections: 8,
  waitMs: 10_000,
  logger: silentLogger,
  clock: systemClock,
});
await ensureFirstStart(db, config);
const rooms = connectRooms({
  db,
  clock: databaseClock,
  logger: silentLogger,
  signals: new TestSignals(),
  config,
});
const { documents } = rooms;

// Garbage goes when it is old enough; the test lets time pass while no reader is under way.
let passedSeconds = 0;
const later: DatabaseClock = {
  get now() {
    return sql<Date>`(${databaseClock.now} + make_interval(secs => ${passedSeconds}::int))`;
  },
};
const collector = new GarbageCollector({ ...documents, clock: later });
const appendsBefore = new Map<string, number>();
const vacuum = new PgliteUpkeep(db);

async function upkeep(request: UpkeepRequest): Promise<unknown> {
  switch (request.kind) {
    case "flush":
      return flushStaged(documents, { all: true });
    case "compact":
      // Every table as if much had been appended to it.
      for (const name of await documents.vectors.tables()) documents.vectors.removals.add(name);
      return compactTables(documents.vectors, systemClock, silentLogger, appendsBefore);
    case "collect":
      return collector.collect({ all: true });
    case "pass time":
      passedSeconds += 1_000;
      return null;
    case "sweep":
      return sweepCollections(db, documents.vectors);
    case "vacuum":
      return db.kind === "pglite" ? vacuum.runOnce() : null;
    case "count events":
      return countEvents();
    case "snapshot": {
      const manifest = await takeSnapshot(documents, {
        collectionIds: [request.collectionId],
        featureNames: request.featureNames,
        attributes: ["n"],
        textPaths: null,
        folder: request.folder,
      });
      return { manifest, contents: await read(manifest) };
    }
    case "read":
      return read(request.manifest);
    case "unpin":
      return unpinSnapshot(documents, request.manifest);
  }
}

/** What the log counts, by its head and by its rows. */
async function countEvents() {
  const { rows } = await sql`
    select total_added as added, total_updated as updated,
      (select coalesce(sum(added), 0)::bigint from document_events e where e.collection_id = c.collection_id) as added_by_rows,
      (select coalesce(sum(updated), 0)::bigint from document_events e where e.collection_id = c.collection_id) as updated_by_rows
    from collections c`.execute(db.sql);
  return rows[0];
}

async function read(manifest: SnapshotManifest): Promise<SnapshotContents> {
  const { documentIds, attributes } = await readSnapshotDocuments(config.storageFolder, manifest);
  const read = Array.from(documentIds, (id, row) => {
    const vectors: Record<string, readonly number[]> = {};
    return [id, { n: attributes![row]![0] as number | null, vectors }] as const;
  });
  for (const { name } of manifest.features) {
    const vectors = await readSnapshotVectors(config.storageFolder, manifest, name);
    for (const [row, [, vector]] of vectors.entries()) read[row]![1].vectors[name] = vector;
  }
  return Object.fromEntries(read);
}

process.on("message", (message: { id: number; request: UpkeepRequest }) => {
  upkeep(message.request).then(
    (result) => process.send!({ id: message.id, result: result ?? null }),
    (error: unknown) => process.send!({ id: message.id, error: (error as Error).stack ?? String(error) }),
  );
});

await createReaper(rooms.runs).start();
await createWorker(rooms.runs).start();
const healthy = () => Promise.resolve();
const health = {
  checks: { metadata: healthy, vector_store: healthy, object_storage: healthy },
  logger: silentLogger,
};
const app = await createApp({
  db,
  logger: silentLogger,
  routes: (to) => registerRoutes(to, { health, ...rooms }),
});
const url = await app.listen({ port: 0, host: "127.0.0.1" });
process.send!({ url, folder: join(config.storageFolder) });
// Killed with its parent, not left behind.
process.on("disconnect", () => process.exit(0));
