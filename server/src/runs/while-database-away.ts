import { isDatabaseAway } from "../db/database-errors.ts";
import { sleep } from "../platform/timers.ts";

const PAUSE_MS = 500;

/**
 * Repeats `work` while the database cannot be reached, until `signal` aborts: what a run took minutes to compute is
 * not thrown away because the database restarts.
 */
export async function whileDatabaseAway<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error) || signal.aborted) throw error;
      await sleep(PAUSE_MS, signal);
    }
  }
}
