import { createHash } from "node:crypto";

import { readGivenLabels } from "../clusters/labels/store.ts";
import { isDatabaseAway } from "../db/database-errors.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import { nameClusters } from "../labels/name-clusters.ts";
import { AppError } from "../platform/app-error.ts";
import { attemptFolder, snapshotFolder } from "./run-files.ts";
import type { ClaimedRun } from "./claim-run.ts";
import type { AttemptOutcome } from "./end-attempt.ts";
import { allocateNumbers, LeaseLost, storeSnapshot } from "./lease.ts";
import type { ProcessPool } from "./process/process-pool.ts";
import type { RunChild } from "./process/run-child.ts";
import { earlierRuns, previousFor } from "./previous-run.ts";
import { type RunJob, type RunProgress, RunRefused } from "./run-result.ts";
import { refuseTooLarge } from "./refuse-too-large.ts";
import type { RunsDeps } from "./runs-deps.ts";
import { labelAttributesFor, snapshotRequest } from "./snapshot-request.ts";
import { whileDatabaseAway } from "./while-database-away.ts";

/** Why an attempt is ended from outside: the reason its signal aborts with. */
export type StopReason = "canceled" | "stopping" | "time_limit" | "lease_lost";

export interface AttemptControl {
  /** Aborts with a StopReason. */
  readonly signal: AbortSignal;
  /** Milliseconds until the run's time limit. */
  readonly msLeft: () => number;
  readonly onProgress: (progress: RunProgress) => void;
  /** The process that computes, from when it is given the run. */
  readonly onChild: (child: RunChild) => void;
}

/**
 * One attempt: the snapshot (unless an earlier attempt has taken it), then the computation in a child process. Ends
 * in every case with what is to be recorded, after the process has let go of the run; undefined when the lease was
 * lost and nothing may be recorded.
 */
export async function runAttempt(
  deps: RunsDeps,
  claimed: ClaimedRun,
  pool: ProcessPool,
  control: AttemptControl,
): Promise<AttemptOutcome | undefined> {
  try {
    control.onProgress({ stage: "snapshot", fraction: 0 });
    const manifest = claimed.snapshot ?? (await takeSnapshot(deps, claimed, control.signal));
    refuseTooLarge(manifest, claimed.definition, deps.config);
    const previous = await whileDatabaseAway(control.signal, () => previousFor(deps.db.sql, claimed));
    const earlier = await whileDatabaseAway(control.signal, () =>
      earlierRuns(deps.db.sql, claimed.clusterId),
    );
    const givenLabels = claimed.definition.labeling
      ? await whileDatabaseAway(control.signal, () => readGivenLabels(deps.db.sql, claimed.clusterId))
      : [];
    if (control.signal.aborted) return stopped(deps, control.signal);
    return await compute(deps, claimed, { manifest, previous, earlier, givenLabels }, pool, control);
  } catch (error) {
    if (error instanceof LeaseLost) return undefined;
    if (control.signal.aborted) return stopped(deps, control.signal);
    return faultOf(error);
  }
}

async function takeSnapshot(
  deps: RunsDeps,
  claimed: ClaimedRun,
  signal: AbortSignal,
): Promise<SnapshotManifest> {
  const request = await snapshotRequest(deps.db.sql, claimed.definition, snapshotFolder(claimed));
  const labelAttributes = await labelAttributesFor(deps.db.sql, claimed.definition, request);
  const manifest = await deps.snapshots.takeSnapshot({ ...request, labelAttributes });
  try {
    await whileDatabaseAway(signal, () => storeSnapshot(deps.db.sql, claimed, manifest));
  } catch (error) {
    await deps.snapshots.unpinSnapshot(manifest);
    throw error;
  }
  return manifest;
}

async function compute(
  deps: RunsDeps,
  claimed: ClaimedRun,
  read: Required<Pick<RunJob, "manifest" | "previous" | "earlier" | "givenLabels">>,
  pool: ProcessPool,
  { signal, msLeft, onProgress, onChild }: AttemptControl,
): Promise<AttemptOutcome | undefined> {
  const {
    collectionIds: _collections,
    filters: _filters,
    labelPaths: _paths,
    ...definition
  } = claimed.definition;
  const artifactPath = attemptFolder(claimed);
  const child = pool.take();
  const kill = () => void child.kill();
  signal.addEventListener("abort", kill, { once: true });
  const running = child.run(
    {
      runId: claimed.runId,
      clusterId: claimed.clusterId,
      storageFolder: deps.storageFolder,
      ...read,
      definition,
      seed: seedOf(claimed),
      artifactPath,
      leaveRules: claimed.leaveRules,
    },
    {
      onProgress,
      allocateNumbers: (count) =>
        whileDatabaseAway(signal, () => allocateNumbers(deps.db.sql, claimed.clusterId, count)),
      nameClusters: (request) => nameClusters(deps, claimed, request, { signal, msLeft: msLeft() }),
    },
  );
  onChild(child);
  const outcome = await running;
  signal.removeEventListener("abort", kill);
  // The cluster's turn ends with this attempt, so its process must have gone or be idle by then.
  await pool.giveBack(child);
  const { peakRssBytes } = outcome;
  if (outcome.kind === "done") {
    return { kind: "completed", result: outcome.result, artifactPath, peakRssBytes };
  }
  if (signal.aborted) return stopped(deps, signal);
  if (outcome.kind === "gone") {
    return { kind: "fault", code: outcome.why, message: outcome.message, peakRssBytes };
  }
  const { code, message } = outcome;
  return { kind: outcome.repeats ? "refused" : "fault", code, message, peakRssBytes };
}

/** Of a method without a random_state, whose sample, reduction and map are drawn all the same: the contract's default. */
const USUAL_SEED = 42;

/** The definition's seed; where that is null it follows from the run, so that every attempt of a run computes the same. */
function seedOf({ definition: { method }, runId }: ClaimedRun): number {
  if (method.algorithm !== "kmeans" && method.algorithm !== "gaussian_mixture") return USUAL_SEED;
  return method.params.random_state ?? createHash("sha256").update(runId).digest().readUInt32BE(0);
}

function stopped(deps: RunsDeps, signal: AbortSignal): AttemptOutcome | undefined {
  switch (signal.reason as StopReason) {
    case "canceled":
      return { kind: "canceled" };
    case "stopping":
      return { kind: "given_back" };
    case "time_limit":
      return {
        kind: "refused",
        code: "time_limit",
        message:
          `The run took longer than its limit of ${deps.config.runSeconds} s (RECLUSTER_RUN_SECONDS) and was ended. ` +
          "Raise the limit, set a sample_size, or ask for fewer clusters or iterations.",
      };
    case "lease_lost":
      return undefined;
  }
}

function faultOf(error: unknown): AttemptOutcome {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RunRefused) return { kind: "refused", code: error.code, message };
  if (error instanceof AppError && error.status < 500) return { kind: "refused", code: error.code, message };
  const code = isDatabaseAway(error) ? "database_unavailable" : "internal";
  return { kind: "fault", code, message };
}
