import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import type { Lease } from "./lease.ts";
import type { RunsDeps } from "./runs-deps.ts";
import type { SnapshotUse } from "./snapshots/let-go.ts";
import { releaseSnapshots } from "./snapshots/release.ts";

/** All paths are relative to the storage folder, as the database keeps them. */
export function runFolder(runId: string): string {
  return `runs/${runId}`;
}

/** An attempt writes under its own path and nothing is renamed: the transaction that ends the run publishes the path. */
export function attemptFolder({ runId, attempt }: Lease): string {
  return `${runFolder(runId)}/attempt-${attempt}`;
}

/**
 * Named by the attempt that takes it: one that was lost half-way may still be writing. The manifest of the one that
 * was stored with the execution names its folder, and later attempts read that.
 */
export function snapshotFolder({ runId, attempt }: Lease): string {
  return `${runFolder(runId)}/snapshot-${attempt}`;
}

/** What an ended run has, and which snapshots nobody needs any more now that it has ended. */
export interface RunLeftovers {
  /** The one it read, its own or another run's. */
  readonly snapshot: SnapshotManifest | null;
  readonly released: readonly SnapshotUse[];
  readonly artifactPath: string | null;
}

/**
 * After the end: lets go of snapshots, removes what unpublished attempts left. A failure is logged and leaves files
 * behind for the sweep, never a run in a wrong state.
 */
export async function cleanUpRun(deps: RunsDeps, runId: string, left: RunLeftovers): Promise<void> {
  await releaseSnapshots(deps, left.released);
  await removeUnwanted(deps, runId, [left.snapshot?.folder ?? null, left.artifactPath]);
}

/** Removes what the run's folder holds besides these paths; the folder, too, if there are none. */
export async function removeUnwanted(
  deps: RunsDeps,
  runId: string,
  wanted: readonly (string | null)[],
): Promise<void> {
  const folder = runFolder(runId);
  try {
    const names = await namesIn(join(deps.storageFolder, folder));
    const kept = names.filter((name) => wanted.includes(`${folder}/${name}`));
    const unwanted =
      kept.length === 0
        ? [folder]
        : names.filter((name) => !kept.includes(name)).map((name) => `${folder}/${name}`);
    for (const path of unwanted) await rm(join(deps.storageFolder, path), { recursive: true, force: true });
  } catch (error) {
    deps.logger.warn({ err: error, runId }, "removing a run's files failed; the sweep tries again");
  }
}

/** A worker whose run was deleted under it may have written after its files were removed. */
export async function removeIfDeleted(deps: RunsDeps, runId: string): Promise<void> {
  const row = await deps.db.sql
    .selectFrom("executions")
    .select("run_id")
    .where("run_id", "=", runId)
    .executeTakeFirst();
  if (!row) await removeUnwanted(deps, runId, []);
}

/** Names in a folder, none if it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
