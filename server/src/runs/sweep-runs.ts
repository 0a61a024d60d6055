import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";

import { sql } from "kysely";

import { tagOf } from "../documents/snapshots/snapshot.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { Loop, type Service } from "../platform/service.ts";
import { namesIn, removeUnwanted, runFolder } from "./run-files.ts";
import type { RunsDeps } from "./runs-deps.ts";
import { isNeeded } from "./snapshots/let-go.ts";

const ROUND_MS = 6 * 3_600_000;
/** What has changed within this is left to whoever is at work there: a clean-up, or a worker that does not know yet that it lost. */
const GRACE_MS = 600_000;
const BATCH = 200;
/** The tag of a run's snapshot; others are not ours. */
const TAG = /^runs-(run_[0-9A-Za-z]+)-snapshot-[0-9]+$/;

export interface RunSweeper extends Service {
  /** One round; how many run folders it cleared and how many vector versions it let go. */
  runOnce(): Promise<{ readonly folders: number; readonly pins: number }>;
}

interface SweptRun {
  readonly run_id: string;
  readonly status: string | null;
  readonly artifact_path: string | null;
  /** Folder of the snapshot that belongs to the run; null when nobody needs it. */
  readonly snapshot_folder: string | null;
}

/**
 * Finds what a kill left: folders of attempts of runs that have ended, of runs that were deleted, and the files and pinned
 * vectors of snapshots that nobody needs any more. A run that has not ended is left alone with all it has. Nothing that
 * is unwanted once is ever wanted again, so no lock is needed. Several servers may sweep at once.
 */
export function createRunSweeper(
  deps: RunsDeps,
  { clock = systemClock, graceMs = GRACE_MS }: { clock?: Clock; graceMs?: number } = {},
): RunSweeper {
  const runOnce = async (signal?: AbortSignal) => {
    const swept = {
      folders: await sweepFolders(deps, clock.now().getTime() - graceMs, signal),
      pins: await sweepPins(deps),
    };
    if (swept.folders + swept.pins > 0) deps.logger.info(swept, "removed what ended runs had left");
    return swept;
  };
  const loop = new Loop({
    name: "sweeper",
    logger: deps.logger,
    signals: deps.signals,
    clock,
    runOnce: async (signal) => {
      await runOnce(signal);
      return ROUND_MS;
    },
  });
  let endWakes = (): void => undefined;
  return {
    name: "sweeper",
    start: async () => {
      endWakes = deps.db.wakes.on("snapshots", () => loop.wake());
      await loop.start();
    },
    stop: async () => {
      endWakes();
      await loop.stop();
    },
    runOnce: () => runOnce(),
  };
}

async function sweepFolders(deps: RunsDeps, before: number, signal?: AbortSignal): Promise<number> {
  let cleared = 0;
  for await (const names of batchesOf(join(deps.storageFolder, "runs"))) {
    if (signal?.aborted) break;
    for (const run of await readSwept(deps, names)) {
      if (run.status === "pending" || run.status === "processing") continue;
      const wanted = [run.artifact_path, run.snapshot_folder];
      if (await removeOld(deps, run.run_id, wanted, before)) cleared += 1;
    }
  }
  return cleared;
}

/** Whether it removed something: what is not wanted and has not changed since. */
async function removeOld(
  deps: RunsDeps,
  runId: string,
  wanted: readonly (string | null)[],
  before: number,
): Promise<boolean> {
  const folder = runFolder(runId);
  const names = await namesIn(join(deps.storageFolder, folder));
  const kept: string[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    // Another server may have removed it since.
    const entry = await stat(join(deps.storageFolder, path)).catch(() => undefined);
    if (wanted.includes(path) || (entry?.mtimeMs ?? 0) > before) kept.push(path);
  }
  if (kept.length === names.length && names.length > 0) return false;
  await removeUnwanted(deps, runId, kept);
  return true;
}

async function sweepPins(deps: RunsDeps): Promise<number> {
  const pins = (await deps.snapshots.listPins()).flatMap((pin) => {
    const runId = TAG.exec(pin.tag)?.[1];
    return runId === undefined ? [] : [{ ...pin, runId }];
  });
  let released = 0;
  for (let from = 0; from < pins.length; from += BATCH) {
    const some = pins.slice(from, from + BATCH);
    const runs = await readSwept(deps, [...new Set(some.map(({ runId }) => runId))]);
    for (const { runId, ...pin } of some) {
      const run = runs.find((known) => known.run_id === runId)!;
      const open = run.status === "pending" || run.status === "processing";
      if (open || (run.snapshot_folder !== null && tagOf(run.snapshot_folder) === pin.tag)) continue;
      try {
        await deps.snapshots.unpin(pin);
        released += 1;
      } catch (error) {
        // Another server was faster, or the table was dropped; if not, the next round tries again.
        deps.logger.debug({ err: error, ...pin }, "a vector version could not be let go");
      }
    }
  }
  return released;
}

/** One row for each of the runs, also for those whose rows are gone. */
async function readSwept({ db }: RunsDeps, runIds: readonly string[]): Promise<SweptRun[]> {
  const { rows } = await sql<SweptRun>`
    select named.run_id, own.status, own.artifact_path, case when ${isNeeded(sql.ref("named.run_id"))} then
      coalesce(own.snapshot, (select e.snapshot from executions e where e.same_data_as = named.run_id limit 1))
        ->> 'folder' end as snapshot_folder
    from unnest(${runIds}::text[]) as named (run_id) left join executions own using (run_id)`.execute(db.sql);
  return rows;
}

/** Names of the runs' folders, some at a time: there may be very many. */
async function* batchesOf(folder: string): AsyncGenerator<string[]> {
  let names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (!name.startsWith("run_")) continue;
      names.push(name);
      if (names.length < BATCH) continue;
      yield names;
      names = [];
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (names.length > 0) yield names;
}
