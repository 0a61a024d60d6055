import assert from "node:assert/strict";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
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
} from "../../../test/factories/runs.ts";
import { createTenant } from "../../../test/factories/tenant.ts";
import { deleteRunsOfCluster } from "./delete-runs.ts";
import { createWorker } from "./worker.ts";

let database: TestDatabase;
let storage: Awaited<ReturnType<typeof createTestFolder>>;

before(async () => {
  database = await createTestDatabase();
  storage = await createTestFolder();
});
after(async () => {
  await storage.remove();
  await database.close();
});

test("deleting a cluster's runs ends what computes and removes rows and files, of no other cluster", async () => {
  const { db } = database;
  const tenant = await createTenant(db);
  const { deps, ended } = createTestRuns(db, storage.folder);
  const collectionId = await addCollection(db, tenant, 4, documentsInGroups(20, ["one", "two", "three"]));
  const quick = kmeansDefinition([collectionId]);
  const clusterId = await addCluster(db, tenant, quick);
  const other = await addCluster(db, tenant, quick);
  const worker = createWorker(deps);
  try {
    const done = await addExecution(db, tenant, clusterId, quick);
    await worker.runOnce();
    const kept = await addExecution(db, tenant, other, quick);
    await worker.runOnce();
    const endless = kmeansDefinition([collectionId], ENDLESS);
    const running = await addExecution(db, tenant, clusterId, endless);
    await addExecution(db, tenant, clusterId, endless, new Date("2026-04-01T00:00:00Z"));
    const endsBefore = ended.length;
    const computing = deps.signals.next("worker.computing") as Promise<{ pid: number }>;
    const round = worker.runOnce();
    const { pid } = await computing;
    const removeFiles = await db.transaction((tx) => deleteRunsOfCluster(deps, tx, clusterId));
    await removeFiles();
    await round;
    assert.throws(() => process.kill(pid, 0), "its process has gone");
    const rows = await db.sql.selectFrom("executions").select("run_id").execute();
    assert.deepEqual(rows, [{ run_id: kept }]);
    for (const table of ["attempts", "run_clusters"] as const) {
      const left = await db.sql.selectFrom(table).select("run_id").distinct().execute();
      assert.deepEqual(left, [{ run_id: kept }]);
    }
    assert.deepEqual(await readdir(join(storage.folder, "runs")), [kept]);
    for (const runId of [done, running]) {
      await assert.rejects(access(join(storage.folder, "runs", runId)), { code: "ENOENT" });
    }
    assert.equal(ended.length, endsBefore, "a deleted run does not end, it is gone");
  } finally {
    await worker.stop();
  }
});
