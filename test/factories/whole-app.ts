import { connectRooms } from "../../server/src/connect-rooms.ts";
import { databaseClock, type DatabaseClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { createApp } from "../../server/src/http/app.ts";
import type { App } from "../../server/src/http/route.ts";
import { readConfig } from "../../server/src/platform/config.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import type { Lookup } from "../../server/src/platform/outgoing/find-addresses.ts";
import { TestSignals } from "../../server/src/platform/test-signals.ts";
import { registerRoutes } from "../../server/src/register-routes.ts";
import { createTestFolder } from "./database.ts";

export interface WholeApp {
  readonly app: App;
  readonly rooms: ReturnType<typeof connectRooms>;
  close(): Promise<void>;
}

export interface WholeAppOptions {
  readonly clock?: DatabaseClock;
  /** Read as `recluster serve` does. */
  readonly env?: Record<string, string>;
  /** How names in users' URLs are resolved; by the machine if it is left out. */
  readonly lookup?: Lookup;
}

/** Every room and route in this process; nothing runs in the background. */
export async function createWholeApp(
  db: Database,
  { clock = databaseClock, env = {}, ...options }: WholeAppOptions = {},
): Promise<WholeApp> {
  const { folder, remove } = await createTestFolder();
  const config = { ...readConfig(env), dataFolder: folder, storageFolder: folder };
  const rooms = connectRooms({
    db,
    clock,
    logger: silentLogger,
    signals: new TestSignals(),
    config,
    ...options,
  });
  const health = { checks: {}, logger: silentLogger };
  const app = await createApp({
    db,
    logger: silentLogger,
    clock,
    routes: (to) => registerRoutes(to, { health, ...rooms }),
  });
  const close = async () => {
    await app.close();
    await rooms.documents.vectors.close();
    await remove();
  };
  return { app, rooms, close };
}
