import { databaseClock } from "./db/database-clock.ts";
import { openDatabase } from "./db/open-database.ts";
import { createFlushService } from "./documents/flush.ts";
import {
  takeSnapshot,
  unpinSnapshot,
  type SnapshotManifest,
  type SnapshotRequest,
} from "./documents/snapshot.ts";
import { VectorStore } from "./documents/vector-store.ts";
import { createApp } from "./http/app.ts";
import { registerHealthRoutes } from "./http/health/routes.ts";
import { systemClock } from "./platform/clock.ts";
import type { Config } from "./platform/config.ts";
import type { Logger } from "./platform/logger.ts";
import type { Service } from "./platform/service.ts";
import { TestSignals } from "./platform/test-signals.ts";
import { registerRoutes } from "./register-routes.ts";
import { createReaper } from "./runs/reaper.ts";
import { createWorker } from "./runs/worker.ts";
import { ensureFirstStart } from "./tenancy/first-start.ts";
import { createDocumentsHook } from "./triggers/events.ts";
import { createRunHooks } from "./triggers/run-hooks.ts";
import { createScheduler } from "./triggers/scheduler.ts";

export interface RunningServer {
  readonly url: string;
  /** The admin key made at this start; null if there was one already. */
  readonly createdKey: string | null;
  readonly signals: TestSignals;
  /** Ends in the reverse order of the start: takes no new work, finishes or gives back what is in hand. */
  stop(): Promise<void>;
}

/** Starts the roles of the configuration in one process and resolves when it answers. */
export async function startServer(config: Config, logger: Logger): Promise<RunningServer> {
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let end = started.pop(); end; end = started.pop()) await end();
  };
  try {
    const { db, close } = await openDatabase({
      ...config,
      waitMs: config.databaseWaitMs,
      maxConnections: config.databaseConnections,
      logger,
      clock: systemClock,
    });
    started.push(close);
    const { created, key } = await ensureFirstStart(db, config);
    const signals = new TestSignals();
    const clock = databaseClock;
    const { storageFolder, limits } = config;
    const vectors = new VectorStore(storageFolder);
    const triggers = { db, clock, logger, signals, limits };
    const documents = { db, clock, logger, signals, vectors, onCommitted: createDocumentsHook(triggers) };
    const hooks = createRunHooks(triggers);
    const snapshots = {
      takeSnapshot: (request: SnapshotRequest) => takeSnapshot(documents, request),
      unpinSnapshot: (manifest: SnapshotManifest) => unpinSnapshot(documents, manifest),
    };
    const runs = { db, clock, logger, signals, hooks, storageFolder, config, snapshots };
    const clusters = { db, clock, logger, hooks, storageFolder };

    const health = { checks: {} };

    const services: Service[] = [];
    if (config.roles.includes("worker"))
      services.push(createFlushService(documents), createReaper(runs), createWorker(runs));
    if (config.roles.includes("scheduler")) services.push(createScheduler(triggers));
    for (const service of services) {
      await service.start();
      started.push(() => service.stop());
    }

    const app = await createApp({
      db,
      logger,
      routes: (to) => {
        if (config.roles.includes("api"))
          registerRoutes(to, { health, tenancy: { db, clock }, documents, clusters, runs, triggers });
        else registerHealthRoutes(to, health);
      },
    });
    const url = await app.listen({ port: config.port, host: config.host });
    started.push(() => app.close());
    return { url, createdKey: created ? key : null, signals, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
