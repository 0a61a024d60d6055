import { access } from "node:fs/promises";
import { join } from "node:path";

import type { ExecutionChanges } from "#contract/changes.ts";
import type { Sql } from "../../db/database.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import { type ExecutionRow, findExecution } from "../store.ts";
import { readChanges } from "./changes-file.ts";
import type { RunComparer } from "./run-comparer.ts";
import { findRunBefore, readReturned } from "./store.ts";

export interface ChangesAsked {
  readonly clusterId: string;
  readonly runId: string;
  /** Null: the completed run before. */
  readonly since: string | null;
}

/**
 * What changed between two completed runs of a cluster: what the run has left, if it is that, else made now. Throws
 * `not_found`, `no_artifacts`, `nothing_to_compare`, `artifacts_gone`.
 */
export async function findChanges(
  {
    sql,
    storageFolder,
    comparer,
  }: { readonly sql: Sql; readonly storageFolder: string; readonly comparer: RunComparer },
  { clusterId, runId, since }: ChangesAsked,
): Promise<ExecutionChanges> {
  const run = await completedRun(sql, clusterId, runId);
  const kept = await readChanges(join(storageFolder, run.artifact_path));
  if (kept && (since === null || since === kept.since_run_id)) return kept;
  const before = since ?? (await findRunBefore(sql, run));
  if (before === undefined) {
    throw new AppError(
      "nothing_to_compare",
      `The execution '${runId}' is the first that completed of its cluster, so there is none before it to compare with. Name another in since, or ask about a later one.`,
      { details: { run_id: runId } },
    );
  }
  const older = await completedRun(sql, clusterId, before);
  try {
    return await comparer.compare({
      storageFolder,
      clusterId,
      before: comparedRun(older),
      after: comparedRun(run),
      returned: await readReturned(sql, runId, older),
    });
  } catch (error) {
    // An error that comes out of a thread has lost its code.
    const gone = await goneOf(storageFolder, [run, older]);
    if (gone === undefined) throw error;
    throw new AppError(
      "artifacts_gone",
      `The artifacts of the execution '${gone}' are not there any more, so it cannot be compared. Take another run.`,
      { details: { run_id: gone }, cause: error },
    );
  }
}

type CompletedRun = ExecutionRow & { readonly artifact_path: string };

async function completedRun(sql: Sql, clusterId: string, runId: string): Promise<CompletedRun> {
  const row = await findExecution(sql, clusterId, runId);
  if (!row) throw notFound("execution", runId);
  if (row.status === "completed" && row.artifact_path !== null) {
    return { ...row, artifact_path: row.artifact_path };
  }
  throw new AppError(
    "no_artifacts",
    `The execution '${runId}' is ${row.status}; only completed ones can be compared.`,
    { details: { run_id: runId, status: row.status } },
  );
}

function comparedRun({ run_id, metrics, artifact_path }: CompletedRun) {
  return { runId: run_id, metrics, artifactPath: artifact_path };
}

async function goneOf(storageFolder: string, runs: readonly CompletedRun[]): Promise<string | undefined> {
  for (const { run_id, artifact_path } of runs) {
    for (const name of ["members.parquet", "centroids.parquet"]) {
      try {
        await access(join(storageFolder, artifact_path, name));
      } catch {
        return run_id;
      }
    }
  }
  return undefined;
}
