import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { SnapshotManifest } from "../documents/snapshot.ts";
import type { Lease } from "./lease.ts";
import type { RunsDeps } from "./runs-deps.ts";

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

/**
 * After the end: lets the snapshot's vectors go and removes what unpublished attempts left. A failure is logged
 * and leaves files behind, never a run in a wrong state.
 */
export async function cleanUpRun(
  deps: RunsDeps,
  runId: string,
  kept: { readonly snapshot: SnapshotManifest | null; readonly artifactPath: string | null },
): Promise<void> {
  try {
    if (kept.snapshot) await deps.snapshots.unpinSnapshot(kept.snapshot);
    const wanted = new Set([kept.snapshot?.folder, kept.artifactPath]);
    for (const name of await namesIn(join(deps.storageFolder, runFolder(runId)))) {
      const path = `${runFolder(runId)}/${name}`;
      if (!wanted.has(path)) await rm(join(deps.storageFolder, path), { recursive: true, force: true });
    }
  } catch (error) {
    deps.logger.warn({ err: error, runId }, "cleaning up after a run failed; files may be left behind");
  }
}

/** Removes everything of runs whose rows are gone. */
export async function removeRun(
  deps: RunsDeps,
  runId: string,
  snapshot: SnapshotManifest | null,
): Promise<void> {
  try {
    if (snapshot) await deps.snapshots.unpinSnapshot(snapshot);
    await rm(join(deps.storageFolder, runFolder(runId)), { recursive: true, force: true });
  } catch (error) {
    deps.logger.warn({ err: error, runId }, "removing a run's files failed; files may be left behind");
  }
}

/** A worker whose run was deleted under it may have written after its files were removed. */
export async function removeIfDeleted(deps: RunsDeps, runId: string): Promise<void> {
  const row = await deps.db.sql
    .selectFrom("executions")
    .select("run_id")
    .where("run_id", "=", runId)
    .executeTakeFirst();
  if (!row) await removeRun(deps, runId, null);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
