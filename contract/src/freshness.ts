import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

/**
 * What a cluster's last result is worth now; of what holds, the first:
 * `never_computed` (no run has completed), `too_old` (older than its `max_age_seconds`), `drifted` (a trigger has
 * measured that the documents are others than the run has read), `behind` (documents were added or
 * changed since), `fresh`.
 */
export const freshnessVerdicts = ["never_computed", "too_old", "drifted", "behind", "fresh"] as const;
export type FreshnessVerdict = (typeof freshnessVerdicts)[number];

/** How old a cluster's result may become before it is `too_old`, in seconds: a century at most. */
export const MaxAgeSeconds = Type.Integer({ minimum: 1, maximum: 3_153_600_000 });

/** Runs that changed next to nothing. */
export const NoOpRuns = Type.Object(
  {
    runs: Type.Integer({
      description: "The last completed runs that could be compared with the one before, 8 at most",
    }),
    unchanged: Type.Integer({
      description: "Those that changed a smaller share of the documents than `below`",
    }),
    below: Type.Number(),
    enough_every_seconds: Nullable(
      Type.Integer({ description: "A cadence that would have been enough; null if every run was worth it" }),
    ),
    sentence: Type.String(),
  },
  { $id: "NoOpRuns" },
);
export type NoOpRuns = Static<typeof NoOpRuns>;

/** How fresh a cluster's last result is. Ours. */
export const ClusterFreshness = Type.Object(
  {
    /** When its last completed run ended. */
    last_success_at: Nullable(Instant),
    last_success_run_id: Nullable(Type.String()),
    /** Whole seconds since then. */
    age_seconds: Nullable(Type.Integer()),
    /** Documents added or changed in its collections since that run has read them, filters aside; deletions do not count. */
    documents_since: Nullable(Type.Integer()),
    /** What was last measured of the documents against those that run has read, by a conditional trigger; null if nothing was. */
    drift_since: Nullable(Type.Number()),
    drift: Nullable(
      Type.Object({
        trigger_id: Type.String(),
        metric: Type.String(),
        value: Nullable(Type.Number()),
        p_value: Nullable(Type.Number()),
        threshold: Type.Number(),
        measured_at: Instant,
      }),
    ),
    /** The next instant at which one of its triggers is due; null if none is. */
    next_due_at: Nullable(Instant),
    max_age_seconds: Nullable(Type.Integer()),
    verdict: Type.Enum([...freshnessVerdicts]),
    /** Whether the last runs were worth it; null while fewer than three can be told of. */
    no_op: Nullable(NoOpRuns),
  },
  { $id: "ClusterFreshness" },
);
export type ClusterFreshness = Static<typeof ClusterFreshness>;
