import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { createTestFolder } from "../../../test/factories/database.ts";
import { systemClock } from "../platform/clock.ts";
import { FolderInUse, lockFolder } from "./folder-lock.ts";

const HOLDER = fileURLToPath(new URL("../../../test/factories/lock-holder.ts", import.meta.url));

type Holder = ChildProcessByStdio<Writable, Readable, null>;

function startHolder(folder: string): Holder {
  return spawn(process.execPath, ["--conditions=recluster-source", HOLDER, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function firstLine(holder: Holder): Promise<string> {
  const [chunk] = (await once(holder.stdout, "data")) as [Buffer];
  return chunk.toString().trim();
}

async function end(holder: Holder, how: "release" | "SIGKILL"): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const ended = once(holder, "exit");
  if (how === "release") holder.stdin.end();
  else holder.kill(how);
  await ended;
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const { folder, remove } = await createTestFolder();
  try {
    await body(folder);
  } finally {
    await remove();
  }
}

test("a second process is refused with the holder named, and gets the lock once it is released", () =>
  withFolder(async (folder) => {
    const first = startHolder(folder);
    assert.equal(await firstLine(first), "locked");
    const second = startHolder(folder);
    const message = await firstLine(second);
    assert.match(message, new RegExp(`in use by another Recluster server \\(process ${first.pid} on`));
    assert.match(message, /--data-dir|DATABASE_URL/);
    await end(first, "release");
    const third = startHolder(folder);
    assert.equal(await firstLine(third), "locked");
    await end(third, "release");
  }));

test("after kill -9 the next start gets the lock at once", () =>
  withFolder(async (folder) => {
    const first = startHolder(folder);
    assert.equal(await firstLine(first), "locked");
    await end(first, "SIGKILL");
    const second = startHolder(folder);
    assert.equal(await firstLine(second), "locked");
    await end(second, "release");
  }));

test("of eight processes at once exactly one gets the lock, on a new folder and on one left by a dead server", () =>
  withFolder(async (folder) => {
    for (let round = 0; round < 2; round++) {
      const holders = Array.from({ length: 8 }, () => startHolder(folder));
      const lines = await Promise.all(holders.map(firstLine));
      assert.equal(lines.filter((line) => line === "locked").length, 1, lines.join("\n"));
      await Promise.all(holders.map((holder) => end(holder, "SIGKILL")));
    }
  }));

test("sixty-four takers in one process, each releasing at once, never hold it together", () =>
  withFolder(async (folder) => {
    let holders = 0;
    let most = 0;
    let taken = 0;
    await Promise.all(
      Array.from({ length: 64 }, async () => {
        for (;;) {
          try {
            const unlock = await lockFolder(folder, systemClock);
            most = Math.max(most, ++holders);
            taken++;
            await readdir(folder);
            holders--;
            await unlock();
            return;
          } catch (error) {
            if (!(error instanceof FolderInUse)) throw error;
          }
        }
      }),
    );
    assert.deepEqual([most, taken], [1, 64]);
    const left = (await readdir(folder)).filter((name) => name.startsWith("server-lock-"));
    assert.equal(left.length, 1);
  }));

async function writeLock(folder: string, generation: number, holder: object): Promise<string> {
  const file = join(folder, `server-lock-${generation}`);
  await writeFile(
    file,
    JSON.stringify({ pid: 1, started: null, host: hostname(), released: false, ...holder }),
  );
  return file;
}

test("a holder on another host counts as long as its heartbeat is younger than a minute", () =>
  withFolder(async (folder) => {
    const file = await writeLock(folder, 4, { host: "another-host" });
    await assert.rejects(lockFolder(folder, systemClock), (error: Error) => {
      assert.ok(error instanceof FolderInUse);
      return error.message.includes("on another-host");
    });
    const stale = new Date(Date.now() - 61_000);
    await utimes(file, stale, stale);
    const unlock = await lockFolder(folder, systemClock);
    assert.deepEqual(await readdir(folder), ["server-lock-5"]);
    await unlock();
    assert.equal(JSON.parse(await readFile(join(folder, "server-lock-5"), "utf8")).released, true);
  }));

test("a process id that was used again is not taken for the holder", () =>
  withFolder(async (folder) => {
    await writeLock(folder, 1, { pid: process.pid, started: "an-earlier-boot:1" });
    const unlock = await lockFolder(folder, systemClock);
    await unlock();
  }));

test("a lock file that lost its content with the power has no holder", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "server-lock-3"), "");
    const unlock = await lockFolder(folder, systemClock);
    await unlock();
  }));
