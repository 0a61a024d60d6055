import type { Limits } from "../platform/config.ts";

/** What was allowed when a trigger was made stays valid for it: stored configurations are read without floors. */
export const OPEN_LIMITS: Limits = {
  minIntervalSeconds: 1,
  minCheckSeconds: 1,
  maxActiveTriggers: null,
  failuresToFail: 5,
  probationSeconds: 3600,
};
