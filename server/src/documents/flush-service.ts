import type { Clock } from "../platform/clock.ts";
import { Loop } from "../platform/service.ts";
import { compactTables } from "./compact.ts";
import type { DocumentsDeps } from "./deps.ts";
import { flushStaged } from "./flush.ts";
import { sweepTables } from "./sweep.ts";

const ROUND_MS = 5_000;
const ROUNDS_BETWEEN_SWEEPS = 720;

/** Keeps the vector store in order: flushes what is staged, compacts, removes what deleted collections left. */
export function createFlushService(
  deps: Omit<DocumentsDeps, "onCommitted" | "onDeleting">,
  wallClock: Clock,
): Loop {
  const appendsBefore = new Map<string, number>();
  let round = 0;
  return new Loop({
    name: "flush",
    logger: deps.logger,
    signals: deps.signals,
    clock: wallClock,
    runOnce: async () => {
      await flushStaged(deps);
      await compactTables(deps.vectors, wallClock, deps.logger, appendsBefore);
      if (round % ROUNDS_BETWEEN_SWEEPS === 0) await sweepTables(deps.db, deps.vectors);
      round += 1;
      return ROUND_MS;
    },
  });
}
