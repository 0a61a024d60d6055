import { systemClock } from "../../platform/clock.ts";
import { isDatabaseAway } from "../../db/database-errors.ts";
import { newId } from "../../platform/ids.ts";
import { Loop, type Service } from "../../platform/service.ts";
import { every } from "../../platform/timers.ts";
import { placeCluster, type PlacementDeps } from "./place-cluster.ts";
import {
  type ClaimedPlacing,
  claimPlacing,
  giveBackPlacing,
  PlacingLost,
  releasePlacings,
  renewPlacing,
} from "./lease.ts";

/** How often to look when nothing wakes it. */
const POLL_MS = 15_000;
/** A batch by the rules of UMAP and many documents can take longer than the lease. */
const HEARTBEAT_MS = 8_000;
/** Before a cluster whose documents could not be placed is tried again. */
const PAUSE_SECONDS = 10;

export interface Placer extends Service {
  /** One round: takes one cluster and does what there is to do. */
  runOnce(signal?: AbortSignal): Promise<{ readonly claimed: number }>;
}

/** Places new documents, one cluster at a time, also where a killed server left off. Announces `placer.placed` ({clusterId, documents}). */
export function createPlacer(deps: PlacementDeps): Placer {
  const { db, clock, logger, signals } = deps.documents;
  const owner = newId("worker");
  const runOnce = async (signal = new AbortController().signal) => {
    const claimed = await claimPlacing(db.sql, clock, owner);
    if (!claimed) return { claimed: 0 };
    await carryOut(deps, claimed, signal);
    return { claimed: 1 };
  };
  const stopping = new AbortController();
  const loop = new Loop({
    name: "placer",
    logger,
    signals,
    clock: systemClock,
    runOnce: async (signal) => {
      const { claimed } = await runOnce(AbortSignal.any([signal, stopping.signal]));
      return claimed > 0 ? 0 : POLL_MS;
    },
  });
  let endWakes = (): void => undefined;
  return {
    name: "placer",
    runOnce,
    start: async () => {
      // PGlite has one server, and whoever held something in its folder before has gone.
      if (db.kind === "pglite") await releasePlacings(db.sql, clock);
      endWakes = db.wakes.on("placements", () => loop.wake());
      await loop.start();
    },
    stop: async () => {
      endWakes();
      stopping.abort();
      await loop.stop();
      await deps.pool.stop();
    },
  };
}

async function carryOut(deps: PlacementDeps, claimed: ClaimedPlacing, signal: AbortSignal): Promise<void> {
  const { db, clock, logger } = deps.documents;
  const lost = new AbortController();
  const endRenewing = every(HEARTBEAT_MS, () => {
    renewPlacing(db.sql, clock, claimed).then(
      (isOurs) => isOurs || lost.abort(),
      (error: unknown) =>
        logger.warn({ err: error, cluster: claimed.clusterId }, "a lease could not be renewed"),
    );
  });
  try {
    await placeCluster(deps, claimed, AbortSignal.any([signal, lost.signal]));
    await giveBackPlacing(db.sql, clock, claimed, 0);
  } catch (error) {
    if (error instanceof PlacingLost || lost.signal.aborted) return;
    if (!signal.aborted && !isDatabaseAway(error)) {
      logger.error({ err: error, cluster: claimed.clusterId }, "placing new documents failed; trying again");
    }
    // If this fails, too, the lease runs out.
    await giveBackPlacing(db.sql, clock, claimed, signal.aborted ? 0 : PAUSE_SECONDS);
  } finally {
    endRenewing();
  }
}
