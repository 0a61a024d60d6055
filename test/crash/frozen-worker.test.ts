import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import { Api } from "../factories/api.ts";
import { testDatabaseKind } from "../factories/database.ts";
import { seededRandom } from "../factories/random.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, spawnServer } from "../factories/server-process.ts";

after(killServers);

const skip = testDatabaseKind === "pglite" ? "PGlite belongs to one server; this runs on PostgreSQL" : false;

it("a worker frozen past its lease changes nothing when it wakes", { skip, timeout: 300_000 }, async (t) => {
  const database = await createServerDatabase("postgres");
  after(() => database.remove());
  const storage = { RECLUSTER_STORAGE: `${database.env.RECLUSTER_DATA_DIR}/storage` };
  const sleeper = await spawnServer({ ...database.env, ...storage });
  const api = new Api(sleeper.url, TEST_KEY);
  const random = seededRandom(3);
  await api.call("POST", "/v1/collections", {
    collection_name: "points",
    features: [{ name: "v", dimensions: 64 }],
  });
  await api.call("POST", "/v1/collections/points/documents/ingest", {
    documents: Array.from({ length: 4000 }, (_, index) => ({
      document_id: `p${index}`,
      vectors: { v: Array.from({ length: 64 }, () => random.next()) },
    })),
  });
  const cluster = await api.call("POST", "/v1/clusters", {
    collection_ids: ["points"],
    vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 50, n_init: 100 } },
  });
  const task = await api.call("POST", `/v1/clusters/${cluster.cluster_id}/execute`);
  const run = `/v1/clusters/${cluster.cluster_id}/executions/${task.additional_data.run_id}`;
  await until("the run is computing", async () => {
    const { additional_data } = await api.call("GET", `/v1/tasks/${task.task_id}`);
    return additional_data.progress !== null;
  });
  sleeper.signal("SIGSTOP");

  const other = await spawnServer({
    ...database.env,
    ...storage,
    RECLUSTER_DATA_DIR: `${database.env.RECLUSTER_DATA_DIR}-two`,
  });
  const witness = new Api(other.url, TEST_KEY);
  await until(
    "the other server has completed it",
    async () => (await witness.call("GET", run)).status === "completed",
    150,
  );

  const look = () =>
    database.look(async (db) => ({
      execution: (await sql`select * from executions`.execute(db.sql)).rows,
      attempts: (await sql`select * from attempts order by attempt`.execute(db.sql)).rows,
      clusters: (await sql`select * from run_clusters order by number`.execute(db.sql)).rows,
    }));
  const before = await look();
  sleeper.signal("SIGCONT");
  await until(
    "the sleeper answers again",
    async () => (await fetch(`${sleeper.url}/v1/health`)).status === 200,
  );
  await delay(5_000);
  assert.deepEqual(await look(), before, "nothing of the ended run was changed");
  const attempts = before.attempts as { attempt: number; outcome: string; worker: string }[];
  t.diagnostic(JSON.stringify(attempts.map(({ attempt, outcome }) => ({ attempt, outcome }))));
  assert.deepEqual(
    attempts.map((attempt) => attempt.outcome),
    ["lost", "completed"],
  );
  assert.notEqual(attempts[0]!.worker, attempts[1]!.worker);
  assert.equal(await sleeper.stop(), 0, sleeper.said());
  assert.equal(await other.stop(), 0, other.said());
});

async function until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (let look = 0; look < seconds * 20; look++) {
    if (await holds()) return;
    await delay(50);
  }
  assert.fail(`gave up after ${seconds} s: ${what}`);
}
