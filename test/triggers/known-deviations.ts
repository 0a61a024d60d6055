/**
 * Where the product is known to differ from the semantics. The model does as the product does; whoever repairs one
 * sets it to false, and the lives hold it from then on.
 */
export const KNOWN_DEVIATIONS = {
  /** `missed: all` queues "as under `allow`, whatever `overlap` says", but with `cancel_running` it cancels, too. */
  catchingUpCancels: true,
  /** A trial that a change decides before its jitter has passed does not look whether its cluster is busy. */
  hurriedTrialIgnoresQueue: true,
  /** `explain` says "unknown" of a `missed` row whose evidence names the policy and not the window. */
  explainMissesWindow: true,
};
