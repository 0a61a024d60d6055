import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createTestDatabase, createTestFolder, type TestDatabase } from "../../../test/factories/database.ts";
import {
  addCluster,
  addCollection,
  addExecution,
  createTestRuns,
  documentsInGroups,
  kmeansDefinition,
  readAttempts,
  readExecution,
} from "../../../test/factories/runs.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { addMs } from "../platform/clock.ts";
import { claimRun } from "./claim-run.ts";
import { endAttempt } from "./end-attempt.ts";
import { LeaseLost, renewLeases, storeProgress, storeSnapshot } from "./lease.ts";
import { createReaper } from "./reaper.ts";
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
  definition = kmeansDefinition([await addCollection(database.db, tenant, 4, documents)]);
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
type Deps = Awaited<ReturnType<typeof pending>>["deps"];

const claim = (deps: Deps, worker: string) =>
  claimRun(deps.db, { clock: deps.clock, worker, leaseMs: 30_000, lastServed: new Map() });

async function everything(runId: string) {
  return [await readExecution(database.db, runId), await readAttempts(database.db, runId)];
}

test("a frozen worker's run is computed by another; when it wakes it changes nothing", async () => {
  const { deps, ended, runId } = await pending();
  // It freezes while it takes the snapshot, and its heartbeat with it.
  const frozen = Promise.withResolvers<undefined>();
  const began = Promise.withResolvers<undefined>();
  const first = createWorker(
    {
      ...deps,
      snapshots: {
        ...deps.snapshots,
        takeSnapshot: async (request) => {
          began.resolve(undefined);
          await frozen.promise;
          return deps.snapshots.takeSnapshot(request);
        },
      },
    },
    { heartbeatMs: Infinity, leaseMs: 30_000 },
  );
  const second = createWorker(deps);
  try {
    const firstRound = first.runOnce();
    await began.promise;
    deps.clock.instant = addMs(deps.clock.instant, 30_001);
    assert.deepEqual(await createReaper(deps).runOnce(), { lost: 1 });
    deps.clock.instant = addMs(deps.clock.instant, 1000);
    await second.runOnce();
    const done = await everything(runId);
    const woken = deps.signals.next(
      "worker.ended",
      (detail) => (detail as { attempt: number }).attempt === 1,
    );
    frozen.resolve(undefined);
    assert.equal(((await woken) as { status: string }).status, "not_ours");
    await firstRound;
    assert.deepEqual(await everything(runId), done);
    const [row, attempts] = done as [
      Awaited<ReturnType<typeof readExecution>>,
      Awaited<ReturnType<typeof readAttempts>>,
    ];
    assert.deepEqual([row.status, row.attempt], ["completed", 2]);
    assert.deepEqual(
      attempts.map((attempt) => [attempt.worker, attempt.outcome, attempt.error_code]),
      [
        [first.workerId, "lost", "lease_lost"],
        [second.workerId, "completed", null],
      ],
    );
    assert.equal(ended.length, 1);
  } finally {
    await first.stop();
    await second.stop();
  }
});

test("no write of a lost lease gets through, whatever it says", async () => {
  const { deps, ended, runId } = await pending();
  const stale = (await claim(deps, "worker_a"))!;
  deps.clock.instant = addMs(deps.clock.instant, 30_001);
  await createReaper(deps).runOnce();
  deps.clock.instant = addMs(deps.clock.instant, 1000);
  const held = (await claim(deps, "worker_b"))!;
  assert.equal(held.attempt, 2);
  const before = await everything(runId);
  const manifest = { folder: "stolen" } as never;
  await assert.rejects(storeSnapshot(deps.db.sql, stale, manifest), LeaseLost);
  await assert.rejects(storeProgress(deps.db.sql, stale, { stage: "writing", fraction: 1 }), LeaseLost);
  assert.deepEqual(await renewLeases(deps.db.sql, deps.clock, "worker_a", 30_000), []);
  for (const lease of [stale, { ...stale, attempt: 2 }, { ...held, attempt: 1 }]) {
    for (const outcome of [
      { kind: "refused", code: "x", message: "x" },
      { kind: "fault", code: "x", message: "x" },
      { kind: "canceled" },
      { kind: "given_back" },
    ] as const) {
      assert.deepEqual(await endAttempt(deps, lease, outcome), { status: "not_ours" });
    }
  }
  assert.deepEqual(
    await endAttempt(deps, held, { kind: "lost", code: "x", message: "x" }, { expired: true }),
    {
      status: "not_ours",
    },
  );
  assert.deepEqual(await everything(runId), before);
  assert.deepEqual(ended, []);
  await endAttempt(deps, held, { kind: "canceled" });
});

test("a worker that renews keeps its lease; three lost leases fail the run", async () => {
  const { deps, ended, runId } = await pending();
  const reaper = createReaper(deps);
  await claim(deps, "worker_a");
  for (let i = 0; i < 5; i++) {
    deps.clock.instant = addMs(deps.clock.instant, 20_000);
    assert.equal((await renewLeases(deps.db.sql, deps.clock, "worker_a", 30_000)).length, 1);
    assert.deepEqual(await reaper.runOnce(), { lost: 0 });
  }
  for (const attempt of [1, 2, 3]) {
    deps.clock.instant = addMs(deps.clock.instant, 30_001);
    assert.deepEqual(await reaper.runOnce(), { lost: 1 });
    deps.clock.instant = addMs(deps.clock.instant, 5000);
    assert.equal((await claim(deps, "worker_a"))?.attempt, attempt === 3 ? undefined : attempt + 1);
  }
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.status, row.error_code], ["failed", "lease_lost"]);
  assert.match(row.error!, /3 attempts.*worker_a/);
  assert.equal(ended.length, 1);
});

test("one run that cannot be taken up does not keep the others waiting", async () => {
  const broken = await pending();
  const fine = await pending();
  await claim(broken.deps, "worker_a");
  await claim(broken.deps, "worker_a");
  broken.deps.clock.instant = addMs(broken.deps.clock.instant, 30_001);
  const reaper = createReaper({
    ...broken.deps,
    hooks: {
      ...broken.deps.hooks,
      lock: (tx, clusterId, triggerId) =>
        clusterId === broken.clusterId
          ? Promise.reject(new Error("injected"))
          : broken.deps.hooks.lock(tx, clusterId, triggerId),
    },
  });
  await reaper.runOnce();
  assert.equal((await readExecution(database.db, broken.runId)).lease_owner, "worker_a");
  assert.equal((await readExecution(database.db, fine.runId)).lease_owner, null);
});
