import { access, constants } from "node:fs/promises";

import { createEnricher } from "./clusters/enrichment/enricher.ts";
import { connectRooms } from "./connect-rooms.ts";
import { databaseClock } from "./db/database-clock.ts";
import { openDatabase } from "./db/open-database.ts";
import { createPgliteUpkeep } from "./db/pglite-upkeep.ts";
import { createUpkeepService } from "./documents/upkeep/upkeep-service.ts";
import { createPlacer } from "./clusters/placement/placer.ts";
import { createFreshnessWatch } from "./clusters/freshness/freshness-watch.ts";
import { createApp } from "./http/app.ts";
import { registerHealthRoutes } from "./http/health/routes.ts";
import { createKeyRemoval } from "./http/idempotency/forget-keys.ts";
import { systemClock } from "./platform/clock.ts";
import type { Config } from "./platform/config.ts";
import type { Logger } from "./platform/logger.ts";
import type { Service } from "./platform/service.ts";
import { TestSignals } from "./platform/test-signals.ts";
import { registerRoutes } from "./register-routes.ts";
import { createReaper } from "./runs/reaper.ts";
import { createRunSweeper } from "./runs/sweep-runs.ts";
import { createWorker } from "./runs/worker.ts";
import { ensureFirstStart } from "./tenancy/first-start.ts";
import { createChecker } from "./triggers/conditions/checker.ts";
import { createRetention } from "./triggers/retention.ts";
import { createScheduler } from "./triggers/scheduler.ts";

export interface RunningServer {
  readonly url: string;
  /** The admin key generated at this start, to be shown once; null if there was one already or it was given. */
  readonly createdKey: string | null;
  readonly signals: TestSignals;
  /** Ends in the reverse order of the start: takes no new work, finishes or gives back what is in hand. */
  stop(): Promise<void>;
}

/** Starts the roles of the configuration in one process; resolves when it answers. */
export async function startServer(config: Config, logger: Logger): Promise<RunningServer> {
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let end = started.pop(); end; end = started.pop()) await end();
  };
  try {
    const { db, close } = await openDatabase({
      ...config,
      maxConnections: config.databaseConnections,
      waitMs: config.databaseWaitMs,
      logger,
      clock: systemClock,
    });
    started.push(close);
    const first = await ensureFirstStart(db, config);
    if (first.apiKeyIsForeign) {
      logger.warn("RECLUSTER_API_KEY is no key of this database; it was only used when the database was new");
    }

    const signals = new TestSignals();
    const foundations = { db, clock: databaseClock, logger, signals, config };
    const rooms = connectRooms(foundations);
    const { documents, runs, triggers, checks, enrichment, placement } = rooms;
    const services: Service[] = [];
    if (db.kind === "pglite") {
      services.push(createPgliteUpkeep(db, { logger, signals, clock: systemClock }));
    }
    if (config.roles.includes("worker")) {
      services.push(
        createUpkeepService(documents, systemClock),
        createReaper(runs),
        createWorker(runs),
        createChecker(checks),
        createRunSweeper(runs),
        createEnricher(enrichment),
        createPlacer(placement),
      );
    }
    if (config.roles.includes("scheduler")) {
      services.push(
        createScheduler(triggers),
        createFreshnessWatch(foundations),
        createRetention(triggers, config),
        createKeyRemoval(foundations),
      );
    }
    for (const service of services) {
      await service.start();
      started.push(() => service.stop());
    }

    const writable = () => access(config.storageFolder, constants.R_OK | constants.W_OK);
    const health = {
      checks: { metadata: () => db.ping(), vector_store: writable, object_storage: writable },
      logger,
    };
    const app = await createApp({
      db,
      logger,
      bodyStallMs: config.bodyStallMs,
      courtesy: documents.courtesy,
      routes: (to) => {
        if (!config.roles.includes("api")) registerHealthRoutes(to, health);
        else registerRoutes(to, { health, ...rooms });
      },
    });
    started.push(() => app.close());
    const url = await app.listen({ port: config.port, host: config.host });
    return { url, createdKey: first.key, signals, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
