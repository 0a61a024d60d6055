import { type Clock, systemClock } from "../../platform/clock.ts";
import { newId } from "../../platform/ids.ts";
import { Loop, type Service } from "../../platform/service.ts";
import { carryOut, type EnrichmentDeps } from "./carry-out.ts";
import { claimEnrichment, msUntilEnrichment, releaseEnrichments } from "./store.ts";

/** How often to look when nothing wakes it. */
const POLL_MS = 15_000;
const LEAST_PAUSE_MS = 100;

export interface Enricher extends Service {
  /** One round: takes one enrichment and works on it until it ends or has to wait. */
  runOnce(signal?: AbortSignal): Promise<{ readonly claimed: number }>;
}

/** Carries out enrichments, one at a time, also those that a killed server left. Announces `enrichment.unit` ({enrichmentId, nextRow}). */
export function createEnricher(deps: EnrichmentDeps, clock: Clock = systemClock): Enricher {
  const { db, logger, signals } = deps.documents;
  const owner = newId("worker");
  const runOnce = async (signal = new AbortController().signal) => {
    const row = await claimEnrichment(db.sql, deps.documents.clock, owner);
    if (!row) return { claimed: 0 };
    await carryOut(deps, row, owner, signal);
    return { claimed: 1 };
  };
  const loop = new Loop({
    name: "enricher",
    logger,
    signals,
    clock,
    runOnce: async (signal) => {
      const { claimed } = await runOnce(signal);
      if (claimed > 0) return 0;
      const ms = await msUntilEnrichment(db.sql, deps.documents.clock);
      return Math.min(POLL_MS, Math.max(ms ?? POLL_MS, LEAST_PAUSE_MS));
    },
  });
  let endWakes = (): void => undefined;
  return {
    name: "enricher",
    runOnce,
    start: async () => {
      // PGlite has one server, and whoever held something in its folder before has gone.
      if (db.kind === "pglite") await releaseEnrichments(db.sql);
      endWakes = db.wakes.on("enrichments", () => loop.wake());
      await loop.start();
    },
    stop: async () => {
      endWakes();
      await loop.stop();
    },
  };
}
