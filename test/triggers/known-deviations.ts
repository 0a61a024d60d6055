import { testDatabaseKind } from "../factories/database.ts";

/**
 * Where the product is known to differ from the semantics. The model does as the product does; whoever repairs one
 * sets it to false, and the lives hold it from then on.
 */
export const KNOWN_DEVIATIONS = {
  /** `missed: all` queues "as under `allow`, whatever `overlap` says", but with `cancel_running` it cancels, too. */
  catchingUpCancels: true,
  /** A trial that a change decides before its jitter has passed does not look whether its cluster is busy. */
  hurriedTrialIgnoresQueue: true,
  /**
   * lock-clusters.ts reads "the execution that waits longest" by a `distinct on` whose `order by` belongs to the whole
   * union: with several waiting, PostgreSQL may name any, and then begins another row for the same one in the way.
   */
  namesAnyWaitingRun: testDatabaseKind === "postgres",
  /** `explain` says "unknown" of a `missed` row whose evidence names the policy and not the window. */
  explainMissesWindow: true,
};
