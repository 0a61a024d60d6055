import { link, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import type { Clock } from "../platform/clock.ts";
import { newUuid } from "../platform/ids.ts";
import { isSameProcess, processIdentity, type ProcessIdentity } from "../platform/process-identity.ts";
import { every } from "../platform/timers.ts";
import { StartRefused } from "./start-refused.ts";

const PREFIX = "server-lock-";
const HEARTBEAT_MS = 10_000;
/** A holder on another host cannot be asked whether it lives; without a heartbeat for this long it is taken for dead. */
const FOREIGN_STALE_MS = 60_000;

interface Holder extends ProcessIdentity {
  readonly host: string;
  readonly released: boolean;
}

export class FolderInUse extends StartRefused {}

/**
 * Takes the data folder for this process: PGlite does not lock it, and two servers on one folder would corrupt it.
 *
 * The lock is a file with a generation number, made by link(2), which fails if it exists. A new holder may make the
 * next generation when the holder of the newest one has released it, is dead, or (on another host) has stopped its
 * heartbeat; of several that try, link lets one through. Generations never go back: who finds a newer one beside its
 * own gives way. Returns the function that releases it.
 */
export async function lockFolder(folder: string, clock: Clock): Promise<() => Promise<void>> {
  for (;;) {
    const generation = await newestGeneration(folder);
    if (generation > 0) {
      const holder = await readHolder(folder, generation);
      if (holder && (await isAlive(folder, generation, holder, clock))) throw inUse(folder, holder);
    }
    const mine = await take(folder, generation + 1);
    if (mine) return mine;
  }
}

async function newestGeneration(folder: string): Promise<number> {
  const numbers = (await readdir(folder))
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => Number(name.slice(PREFIX.length)))
    .filter(Number.isInteger);
  return Math.max(0, ...numbers);
}

function lockFile(folder: string, generation: number): string {
  return join(folder, `${PREFIX}${generation}`);
}

async function readHolder(folder: string, generation: number): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(lockFile(folder, generation), "utf8")) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // A lock file is whole when it gets its name; one that is not lost its content with the power, and its holder.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function isAlive(folder: string, generation: number, holder: Holder, clock: Clock): Promise<boolean> {
  if (holder.released) return false;
  if (holder.host === hostname()) return isSameProcess(holder);
  const { mtimeMs } = await stat(lockFile(folder, generation));
  return clock.now().getTime() - mtimeMs < FOREIGN_STALE_MS;
}

function inUse(folder: string, holder: Holder): FolderInUse {
  return new FolderInUse(
    `The data folder ${folder} is in use by another Recluster server (process ${holder.pid} on ${holder.host}). ` +
      "Stop that server, give this one another --data-dir, or let both use PostgreSQL by DATABASE_URL.",
  );
}

/** Makes the next generation ours, or returns undefined if somebody else was faster. */
async function take(folder: string, generation: number): Promise<(() => Promise<void>) | undefined> {
  const holder: Holder = { ...processIdentity(), host: hostname(), released: false };
  const file = lockFile(folder, generation);
  const draft = join(folder, `.lock-draft-${newUuid()}`);
  await writeFile(draft, JSON.stringify(holder));
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  // Between our look at the folder and the link others may have come and gone, and their removal of old files made
  // this generation free again. Whoever is newer made its file before it removed any, so we see it now.
  if ((await newestGeneration(folder)) > generation) {
    await rm(file, { force: true });
    return undefined;
  }
  await removeOlder(folder, generation);
  const stopHeartbeat = every(HEARTBEAT_MS, () => {
    const now = new Date(); // eslint-disable-line no-restricted-syntax -- a file's mtime, compared with the file system's clock
    utimes(file, now, now).catch(() => undefined);
  });
  return async () => {
    stopHeartbeat();
    await writeFile(draft, JSON.stringify({ ...holder, released: true }));
    await rename(draft, file);
  };
}

async function removeOlder(folder: string, generation: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(PREFIX) && Number(name.slice(PREFIX.length)) < generation)
      await rm(join(folder, name), { force: true });
  }
}
