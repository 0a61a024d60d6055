import assert from "node:assert/strict";
import { after, before, test } from "node:test";

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
import { addMs } from "../platform/clock.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { cancelExecution, endRequestedCancels } from "./cancel-execution.ts";
import { claimRun } from "./claim-run.ts";
import { endAttempt } from "./end-attempt.ts";
import { createReaper } from "./reaper.ts";
import { requestCancels } from "./request-cancels.ts";
import { createWorker } from "./worker.ts";

let database: TestDatabase;
let storage: Awaited<ReturnType<typeof createTestFolder>>;
let tenant: TestTenant;
let definition: ClusterDefinition;

before(async () => {
  database = await createTestDatabase();
  storage = await createTestFolder();
  tenant = await createTenant(database.db);
  const documents = documentsInGroups(20, ["one", "two", "three"]);
  definition = kmeansDefinition([await addCollection(database.db, tenant, 4, documents)], ENDLESS);
});
after(async () => {
  await storage.remove();
  await database.close();
});

async function pending() {
  const runs = createTestRuns(database.db, storage.folder);
  const clusterId = await addCluster(database.db, tenant, definition);
  return { ...runs, clusterId, runId: await addExecution(database.db, tenant, clusterId, definition) };
}

const claim = (deps: Awaited<ReturnType<typeof pending>>["deps"], worker: string) =>
  claimRun(deps.db, { clock: deps.clock, worker, leaseMs: 30_000, lastServed: new Map() });

test("a pending execution is canceled at once; a second time it has finished", async () => {
  const { deps, ended, runId } = await pending();
  assert.equal(await cancelExecution(deps, runId, "ada@example.org"), "canceled");
  const row = await readExecution(database.db, runId);
  assert.deepEqual(
    [row.status, row.error, row.execution_time_ms, row.ended_at],
    ["canceled", "canceled by ada@example.org", null, deps.clock.instant],
  );
  assert.deepEqual(
    ended.map((end) => [end.runId, end.status]),
    [[runId, "canceled"]],
  );
  await assert.rejects(cancelExecution(deps, runId, "ada@example.org"), { code: "execution_finished" });
  assert.equal(await claim(deps, "worker_a"), undefined);
});

test("a computing execution ends with its process, and its cluster is free afterwards", async () => {
  const { deps, ended, runId } = await pending();
  const worker = createWorker(deps);
  try {
    const computing = deps.signals.next("worker.computing") as Promise<{ pid: number }>;
    const round = worker.runOnce();
    const { pid } = await computing;
    assert.equal(await cancelExecution(deps, runId, "ada@example.org"), "canceling");
    await round;
    assert.throws(() => process.kill(pid, 0), "its process has gone");
    const row = await readExecution(database.db, runId);
    assert.deepEqual(
      [row.status, row.error, row.error_code, row.lease_owner],
      ["canceled", "canceled by ada@example.org", "canceled", null],
    );
    const attempts = await readAttempts(database.db, runId);
    assert.deepEqual(
      attempts.map((attempt) => [attempt.outcome, attempt.error]),
      [["canceled", null]],
    );
    assert.equal(ended.length, 1);
  } finally {
    await worker.stop();
  }
});

test("a cancel that was asked for wins over a result that comes after it", async () => {
  const { deps, runId } = await pending();
  const claimed = await claim(deps, "worker_a");
  assert.equal(await cancelExecution(deps, runId, "ada"), "canceling");
  assert.equal(await cancelExecution(deps, runId, "bob"), "canceling", "asking again changes nothing");
  const result = {
    numDocuments: 1,
    clusters: [],
    metrics: {
      silhouette_score: null,
      davies_bouldin_index: null,
      calinski_harabasz_score: null,
      approximate: false,
      notes: [],
    },
    changes: null,
  };
  const end = await endAttempt(deps, claimed!, {
    kind: "completed",
    result,
    artifactPath: "x",
    peakRssBytes: 1,
  });
  assert.equal(end.status, "canceled");
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.status, row.error, row.num_clusters], ["canceled", "canceled by ada", null]);
});

test("the reaper cancels what was asked of a dead worker", async () => {
  const { deps, runId } = await pending();
  await claim(deps, "worker_dead");
  await cancelExecution(deps, runId, "ada");
  const reaper = createReaper(deps);
  assert.deepEqual(await reaper.runOnce(), { lost: 0 });
  deps.clock.instant = addMs(deps.clock.instant, 30_001);
  assert.deepEqual(await reaper.runOnce(), { lost: 1 });
  assert.equal((await readExecution(database.db, runId)).status, "canceled");
});

test("one that waits for its next attempt is held by nobody and canceled at once", async () => {
  const { deps, runId } = await pending();
  const claimed = await claim(deps, "worker_a");
  await endAttempt(deps, claimed!, { kind: "fault", code: "process_crashed", message: "gone" });
  assert.equal(await cancelExecution(deps, runId, "ada"), "canceled");
  deps.clock.instant = addMs(deps.clock.instant, 10_000);
  assert.equal(await claim(deps, "worker_a"), undefined);
});

test("what a trigger's cancel_running asks for: the waiting one is ended by whoever sees it and never starts", async () => {
  const { deps, runId, clusterId } = await pending();
  const next = await addExecution(database.db, tenant, clusterId, definition, addMs(deps.clock.instant, 1));
  await database.db.sql
    .updateTable("executions")
    .set({ cancel_requested_at: deps.clock.instant, cancel_requested_by: "trigger trig_x" })
    .where("run_id", "=", runId)
    .execute();
  assert.equal((await claim(deps, "worker"))?.runId, next);
  assert.equal(await endRequestedCancels(deps), 1);
  assert.equal(await endRequestedCancels(deps), 0);
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.status, row.error], ["canceled", "canceled by trigger trig_x"]);
  assert.equal((await readExecution(database.db, next)).status, "processing");
  await endAttempt(
    deps,
    { runId: next, attempt: 1, leaseOwner: "worker" },
    { kind: "refused", code: "invalid_value", message: "enough" },
  );
});

test("the running one gives up its cluster's turn only when its process has gone, then the new one starts", async () => {
  const { deps, runId, clusterId } = await pending();
  const worker = createWorker(deps, { workerId: "worker" });
  const computing = deps.signals.next(
    "worker.computing",
    (detail) => (detail as { runId: string }).runId === runId,
  );
  const round = worker.runOnce();
  const { pid } = (await computing) as { pid: number };
  const next = await addExecution(database.db, tenant, clusterId, definition, addMs(deps.clock.instant, 1));
  await deps.db.transaction((tx) =>
    requestCancels(deps.db, tx, [{ clusterId, triggerId: "trig_x" }], {
      except: [next],
      now: deps.clock.instant,
    }),
  );
  await round;
  assert.equal((await readExecution(database.db, runId)).status, "canceled");
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
  assert.equal((await claim(deps, "worker"))?.runId, next);
  await worker.stop();
  await cancelExecution(deps, next, "ada@example.org");
});
