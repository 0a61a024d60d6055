import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import {
  createTestDatabase,
  createTestFolder,
  type TestDatabase,
} from "../../../../test/factories/database.ts";
import {
  addCollection,
  createTestRuns,
  documentsInGroups,
  ENDLESS,
  kmeansDefinition,
} from "../../../../test/factories/runs.ts";
import { createTenant } from "../../../../test/factories/tenant.ts";
import { nextTurn } from "../../platform/timers.ts";
import type { RunJob, RunProgress } from "../run-result.ts";
import { ProcessPool } from "./process-pool.ts";
import { residentBytes, watchMemory } from "./resident-memory.ts";
import type { RunChild } from "./run-child.ts";

let database: TestDatabase;
let storage: Awaited<ReturnType<typeof createTestFolder>>;
let jobOf: (name: string, params: object) => RunJob;

before(async () => {
  database = await createTestDatabase();
  storage = await createTestFolder();
  const tenant = await createTenant(database.db);
  const collectionId = await addCollection(
    database.db,
    tenant,
    4,
    documentsInGroups(10, ["one", "two", "three"]),
  );
  const { deps } = createTestRuns(database.db, storage.folder);
  const manifest = await deps.snapshots.takeSnapshot({
    collectionIds: [collectionId],
    featureNames: ["embedding"],
    attributes: [],
    textPaths: ["title"],
    folder: "runs/run_x/snapshot-1",
  });
  jobOf = (name, params) => ({
    runId: `run_${name}`,
    clusterId: "clust_x",
    storageFolder: storage.folder,
    manifest,
    definition: kmeansDefinition([collectionId], params),
    seed: 1,
    artifactPath: `runs/run_${name}/attempt-1`,
  });
});
after(async () => {
  await storage.remove();
  await database.close();
});

const pool = () => new ProcessPool({ size: 1, memoryBytes: 2 ** 31 });
const handlers = (onProgress: (progress: RunProgress) => void = () => undefined) => ({
  onProgress,
  allocateNumbers: () => Promise.resolve(10),
  nameClusters: () => Promise.resolve({ names: [], errors: [] }),
});

/** A process that has ended and waits for its parent (a zombie) has no memory. */
async function isAlive(pid: number): Promise<boolean> {
  return (await residentBytes(pid)) !== undefined;
}

/** Resolves when the child has begun to cluster. */
function clustering(child: RunChild, job: RunJob) {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const outcome = child.run(
    job,
    handlers((progress) => progress.stage === "clustering" && resolve(undefined)),
  );
  return { begun: promise, outcome };
}

test("a child is used again; progress only grows; numbers are those that were given", async () => {
  const processes = pool();
  processes.warm();
  const first = processes.take();
  const fractions: number[] = [];
  const done = await first.run(
    jobOf("a", {}),
    handlers(({ fraction }) => fractions.push(fraction)),
  );
  assert.deepEqual(
    done.kind === "done" && done.result.clusters.map((cluster) => cluster.number),
    [10, 11, 12],
  );
  assert.deepEqual(
    fractions,
    [...fractions].sort((a, b) => a - b),
  );
  assert.equal(fractions.at(-1), 1);
  await processes.giveBack(first);
  const second = processes.take();
  assert.equal(second.pid, first.pid);
  const refused = await second.run(jobOf("b", { n_clusters: 1000 }), handlers());
  assert.deepEqual(
    refused.kind === "failed" && [refused.repeats, refused.code],
    [true, "too_few_documents"],
    "and a run that fails does not end it",
  );
  assert.ok(second.alive);
  await processes.giveBack(second);
  await processes.stop();
  assert.ok(!(await isAlive(first.pid!)));
});

test("a fault of ours is not called one that would repeat; data that are gone are", async () => {
  const processes = pool();
  const child = processes.take();
  const job = jobOf("c", {});
  const runOn = async (folder: string) => {
    const outcome = await child.run({ ...job, manifest: { ...job.manifest, folder } }, handlers());
    return outcome.kind === "failed" && [outcome.repeats, outcome.code];
  };
  await mkdir(join(storage.folder, "runs/broken"), { recursive: true });
  await writeFile(join(storage.folder, "runs/broken/rows.arrow"), "this is no Arrow file");
  assert.deepEqual(await runOn("runs/broken"), [false, "internal"]);
  assert.deepEqual(await runOn("runs/nowhere"), [true, "snapshot_gone"]);
  await processes.stop();
});

test("a child whose lease is not extended ends itself", async () => {
  const processes = pool();
  const child = processes.take();
  const { begun, outcome } = clustering(child, jobOf("d", ENDLESS));
  await begun;
  child.extendLease(50);
  const ended = await outcome;
  assert.deepEqual(ended.kind === "gone" && ended.why, "process_crashed");
  await processes.stop();
});

test("a dead child is not given out again, and the pool starts another", async () => {
  const processes = pool();
  const child = processes.take();
  await processes.giveBack(child);
  await child.kill();
  const next = processes.take();
  assert.notEqual(next.pid, child.pid);
  assert.equal((await next.run(jobOf("e", {}), handlers())).kind, "done");
  await processes.stop();
});

test("a child whose server is killed ends by itself", async () => {
  const server = fileURLToPath(new URL("./process-pool.test-child.ts", import.meta.url));
  const flags = process.execArgv.filter((flag) => !flag.startsWith("--test"));
  const killed = (await promisify(execFile)(process.execPath, [
    ...flags,
    server,
    JSON.stringify(jobOf("f", ENDLESS)),
  ]).catch((error: unknown) => error)) as { stdout: string; signal: string };
  assert.equal(killed.signal, "SIGKILL");
  const pid = Number.parseInt(killed.stdout, 10);
  assert.ok(pid > 0);
  // It notices at its next turn of the event loop, between two blocks of a kernel.
  const deadline = AbortSignal.timeout(20_000);
  while (await isAlive(pid)) {
    deadline.throwIfAborted();
    await nextTurn();
  }
});

test("resident memory is what the system says, and undefined for a process that has gone", async () => {
  const own = (await residentBytes(process.pid))!;
  assert.ok(Math.abs(own - process.memoryUsage.rss()) < 64 * 1024 * 1024);
  assert.equal(await residentBytes(2 ** 22 + 1), undefined);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const watch = watchMemory(process.pid, 1, () => resolve(undefined));
  const keepAlive = setInterval(() => undefined, 1000);
  await promise;
  clearInterval(keepAlive);
  assert.ok(watch.peakBytes > 1_000_000);
  watch.stop();
});
