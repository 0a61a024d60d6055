import type { Clock } from "../../platform/clock.ts";
import { Loop, type Service } from "../../platform/service.ts";
import type { DocumentsDeps } from "../deps.ts";
import { GarbageCollector } from "./collect-garbage.ts";
import { compactTables } from "./compact.ts";
import { flushStaged } from "./flush.ts";
import { sweepCollections } from "./sweep.ts";

const ROUND_MS = 5_000;
const ROUNDS_BETWEEN_COLLECTIONS = 12;
const ROUNDS_BETWEEN_SWEEPS = 720;

/** Keeps the vector store in order: flushes what is staged, collects garbage, compacts, removes what deleted collections left. */
export function createUpkeepService(
  deps: Omit<DocumentsDeps, "onCommitted" | "onDeleting">,
  wallClock: Clock,
): Service {
  const appendsBefore = new Map<string, number>();
  const collector = new GarbageCollector(deps);
  let round = 0;
  return new Loop({
    name: "upkeep",
    logger: deps.logger,
    signals: deps.signals,
    clock: wallClock,
    runOnce: async () => {
      await flushStaged(deps);
      if (round % ROUNDS_BETWEEN_COLLECTIONS === 0) {
        const { removed } = await collector.collect();
        if (removed > 0) deps.logger.info({ vectors: removed }, "removed vectors that no document refers to");
      }
      await compactTables(deps.vectors, wallClock, deps.logger, appendsBefore);
      if (round % ROUNDS_BETWEEN_SWEEPS === 0) await sweepCollections(deps.db, deps.vectors);
      round += 1;
      return ROUND_MS;
    },
  });
}
