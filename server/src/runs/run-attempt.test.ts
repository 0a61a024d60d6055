import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { createTestDatabase, createTestFolder, type TestDatabase } from "../../../test/factories/database.ts";
import {
  addCluster,
  addCollection,
  addExecution,
  createTestRuns,
  documentsInGroups,
  ENDLESS,
  kmeansDefinition,
  readAttempts,
  readExecution,
} from "../../../test/factories/runs.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { json } from "../db/json.ts";
import { addMs } from "../platform/clock.ts";
import type { RunsDeps } from "./runs-deps.ts";
import { createWorker, type Worker } from "./worker.ts";

let database: TestDatabase;
let storage: Awaited<ReturnType<typeof createTestFolder>>;
let tenant: TestTenant;
let quick: string;
const workers: Worker[] = [];

before(async () => {
  database = await createTestDatabase();
  storage = await createTestFolder();
  tenant = await createTenant(database.db);
  quick = await addCollection(database.db, tenant, 4, documentsInGroups(20, ["one", "two", "three"]));
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
});
after(async () => {
  await storage.remove();
  await database.close();
});

/** A worker and one pending execution, of work that ends or does not. */
async function setUp(params: Partial<typeof ENDLESS> | object, config: Partial<RunsDeps["config"]> = {}) {
  const runs = createTestRuns(database.db, storage.folder, config);
  const worker = createWorker(runs.deps, { pollMs: 100 });
  workers.push(worker);
  const definition = kmeansDefinition([quick], params);
  const clusterId = await addCluster(database.db, tenant, definition);
  const runId = await addExecution(database.db, tenant, clusterId, definition);
  return { ...runs, worker, clusterId, runId };
}

type Announced = Record<string, never> & { pid: number; progress: { stage: string } };

/** Kills the run's process each time it computes, at most `times`. */
function killWhileClustering(deps: RunsDeps, times: number): () => number {
  let pid = 0;
  let killed = 0;
  deps.signals.on("worker.computing", (detail) => {
    pid = (detail as Announced).pid;
  });
  deps.signals.on("worker.progress", (detail) => {
    if ((detail as Announced).progress.stage !== "clustering" || killed >= times || pid === 0) return;
    killed++;
    process.kill(pid, "SIGKILL");
    pid = 0;
  });
  return () => killed;
}

test("a killed process costs an attempt; the next one completes on the same snapshot", async () => {
  const { db } = database;
  const { deps, ended, worker, runId } = await setUp({ n_init: 300 });
  const killed = killWhileClustering(deps, 1);
  await worker.runOnce();
  assert.equal(killed(), 1);
  const between = await readExecution(db, runId);
  assert.deepEqual(
    [between.status, between.attempt, between.lease_owner, between.ended_at],
    ["processing", 1, null, null],
  );
  assert.deepEqual(between.retry_at, addMs(deps.clock.instant, 1000));
  assert.deepEqual(await worker.runOnce(), { claimed: 0 }, "not before its time");
  assert.deepEqual(ended, []);

  // Documents that come meanwhile are not in it.
  await db.sql.deleteFrom("documents").where("document_id", "=", "doc-0").execute();
  deps.clock.instant = addMs(deps.clock.instant, 1000);
  await worker.runOnce();
  const row = await readExecution(db, runId);
  assert.deepEqual([row.status, row.attempt, row.num_documents, row.error], ["completed", 2, 60, null]);
  assert.deepEqual(row.snapshot, between.snapshot);
  assert.equal(row.artifact_path, `runs/${runId}/attempt-2`);
  assert.equal(row.execution_time_ms, 1000, "from the first attempt's start");
  const attempts = await readAttempts(db, runId);
  assert.deepEqual(
    attempts.map((attempt) => [attempt.attempt, attempt.outcome, attempt.error_code]),
    [
      [1, "failed", "process_crashed"],
      [2, "completed", null],
    ],
  );
  assert.match(attempts[0]!.error!, /SIGKILL/);
  assert.equal(ended.length, 1);
});

test("a run whose process always dies fails after three attempts, and says so", async () => {
  const { deps, ended, worker, runId } = await setUp(ENDLESS);
  killWhileClustering(deps, 3);
  for (let attempt = 1; attempt <= 3; attempt++) {
    await worker.runOnce();
    deps.clock.instant = addMs(deps.clock.instant, 5000);
  }
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.status, row.attempt, row.error_code], ["failed", 3, "process_crashed"]);
  assert.match(row.error!, /^3 attempts ended by faults outside the run.*SIGKILL/);
  const attempts = await readAttempts(database.db, runId);
  assert.deepEqual(
    attempts.map((attempt) => attempt.outcome),
    ["failed", "failed", "failed"],
  );
  assert.deepEqual(
    ended.map((end) => [end.runId, end.status]),
    [[runId, "failed"]],
  );
});

test("a process above its memory limit is ended, with its peak on record", async () => {
  const limit = 60 * 1024 * 1024;
  const { deps, worker, runId } = await setUp(ENDLESS, { runMemoryBytes: limit });
  // The estimate lets it through by mistake; the process keeps the limit that it was started with.
  Object.assign(deps.config, { runMemoryBytes: 2 ** 30 });
  await worker.runOnce();
  const [attempt] = await readAttempts(database.db, runId);
  assert.deepEqual([attempt!.outcome, attempt!.error_code], ["failed", "out_of_memory"]);
  assert.ok(attempt!.peak_rss_bytes! > limit);
  assert.match(attempt!.error!, /the limit is 60 MB/);
  assert.equal((await readExecution(database.db, runId)).status, "processing", "it is tried again");
  await database.db.sql.deleteFrom("executions").where("run_id", "=", runId).execute();
});

test("vectors that do not fit into a run's memory are refused before anything is read", async () => {
  const limit = 100_000;
  const { deps, worker, runId } = await setUp({}, { runMemoryBytes: limit });
  let processes = 0;
  deps.signals.on("worker.computing", () => processes++);
  const many = documentsInGroups(100, ["one", "two", "three"]);
  const collectionId = await addCollection(database.db, tenant, 4, many);
  await database.db.sql
    .updateTable("executions")
    .set({ definition: json(kmeansDefinition([collectionId])) as never })
    .where("run_id", "=", runId)
    .execute();
  await worker.runOnce();
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.status, row.attempt, row.error_code, processes], ["failed", 1, "too_large", 0]);
  assert.match(row.error!, /^300 vectors of 4 dimensions.*RECLUSTER_RUN_MEMORY_MB.*sample_size/);
});

test("a run past its time limit fails and is not tried again", async () => {
  // Of so little data the estimate sees the arithmetic only, and a start takes a hundred times that.
  const { worker, runId } = await setUp({ ...ENDLESS, n_init: 50_000 }, { runSeconds: 1 });
  await worker.runOnce();
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.status, row.attempt, row.error_code], ["failed", 1, "time_limit"]);
  assert.match(row.error!, /limit of 1 s/);
});

test("a run that would be far above its time limit is not begun, and is told what would do", async () => {
  const { worker, runId } = await setUp(ENDLESS, { runSeconds: 1 });
  await worker.runOnce();
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.status, row.attempt, row.error_code], ["failed", 1, "too_large"]);
  assert.match(row.error!, /RECLUSTER_RUN_SECONDS.*Set n_init to 1/);
});

test("a stopping server gives back what it computes, and that is no failure", async () => {
  const { db } = database;
  const { deps, ended, worker, runId } = await setUp(ENDLESS);
  const computing = deps.signals.next("worker.computing") as Promise<{ pid: number }>;
  const clustering = deps.signals.next(
    "worker.progress",
    (detail) => (detail as Announced).progress.stage === "clustering",
  );
  await worker.start();
  const { pid } = await computing;
  await clustering;
  const began = performance.now();
  await worker.stop();
  assert.ok(performance.now() - began < 5000);
  assert.throws(() => process.kill(pid, 0), "its process has gone");
  const row = await readExecution(db, runId);
  assert.deepEqual([row.status, row.attempt, row.lease_owner], ["processing", 1, null]);
  assert.deepEqual(ended, []);
  const [attempt] = await readAttempts(db, runId);
  assert.deepEqual([attempt!.outcome, attempt!.error_code], ["lost", "given_back"]);

  // Another server takes it up at once; three faults of its own are still allowed.
  const next = createWorker(deps);
  workers.push(next);
  killWhileClustering(deps, 3);
  for (const expected of ["processing", "processing", "failed"]) {
    await next.runOnce();
    assert.equal((await readExecution(db, runId)).status, expected);
    deps.clock.instant = addMs(deps.clock.instant, 5000);
  }
  assert.equal((await readAttempts(db, runId)).length, 4);
});

test("a run deleted under its worker is ended and leaves nothing", async () => {
  const { deps, worker } = await setUp(ENDLESS);
  const computing = deps.signals.next("worker.computing") as Promise<{ pid: number }>;
  const ended = deps.signals.next("worker.ended");
  // The lease is gone: the row was deleted under the worker, as a deleted cluster does.
  const round = worker.runOnce();
  const { pid } = await computing;
  await database.db.transaction(async (tx) => {
    await tx.deleteFrom("executions").where("status", "=", "processing").execute();
    database.db.wakeAfterCommit(tx, "cancels");
  });
  assert.equal(((await ended) as { status: string }).status, "not_ours");
  await round;
  assert.throws(() => process.kill(pid, 0));
});
