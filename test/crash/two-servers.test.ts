import assert from "node:assert/strict";
import { dirname } from "node:path";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import { Api } from "../factories/api.ts";
import { testDatabaseKind } from "../factories/database.ts";
import { seededRandom } from "../factories/random.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, spawnServer } from "../factories/server-process.ts";
import { balance } from "./accounts.ts";
import { settle } from "./settle.ts";
import { SKEWS_MS, skewedClock } from "./skewed-clock.ts";

after(killServers);

const TRIGGERS = 50;
const SECONDS = Number(process.env.TWO_SERVERS_SECONDS ?? 60);

const skip = testDatabaseKind === "pglite" ? "PGlite belongs to one server; this runs on PostgreSQL" : false;

it(`two servers share ${TRIGGERS} triggers for ${SECONDS} seconds`, { skip, timeout: 400_000 }, async (t) => {
  const database = await createServerDatabase("postgres");
  after(() => database.remove());
  const folder = database.env.RECLUSTER_DATA_DIR!;
  const [early, , late] = SKEWS_MS.map((skewMs) => skewedClock(skewMs, dirname(folder)));
  const one = await spawnServer({ ...database.env, ...early!.env });
  const two = await spawnServer({
    ...database.env,
    ...late!.env,
    RECLUSTER_DATA_DIR: `${folder}-two`,
    RECLUSTER_STORAGE: `${folder}/storage`,
  });
  const api = new Api(one.url, TEST_KEY);

  const random = seededRandom(7);
  await api.call("POST", "/v1/collections", {
    collection_name: "points",
    features: [{ name: "v", dimensions: 4 }],
  });
  await api.call("POST", "/v1/collections/points/documents/ingest", {
    documents: Array.from({ length: 100 }, (_, index) => ({
      document_id: `p${index}`,
      vectors: { v: [random.next(), random.next(), random.next(), random.next()] },
    })),
  });
  const triggers: string[] = [];
  for (let index = 0; index < TRIGGERS; index++) {
    const schedule =
      index % 2 === 0
        ? { trigger_type: "interval", schedule_config: { interval_seconds: 10 } }
        : { trigger_type: "cron", schedule_config: { cron_expression: "*/10 * * * * *" } };
    const trigger = await api.call("POST", "/v1/clusters/triggers", {
      execution_config: {
        collection_ids: ["points"],
        config: { algorithm: "kmeans", n_clusters: 2, n_init: 1 },
      },
      ...schedule,
    });
    triggers.push(trigger.trigger_id);
  }
  await delay(SECONDS * 1000);
  await settle(new Api(two.url, TEST_KEY), triggers);
  assert.equal(await one.stop(), 0, one.said());
  assert.equal(await two.stop(), 0, two.said());

  await Promise.all([early!.prove(), late!.prove()]);
  await database.look(async (db) => {
    const accounts = await balance(db.sql);
    const { rows } = await sql<{
      workers: number;
    }>`select count(distinct worker) as workers from attempts`.execute(db.sql);
    t.diagnostic(JSON.stringify({ ...accounts, workers: rows[0]!.workers }));
    assert.ok(
      accounts.decisions >= TRIGGERS * (SECONDS / 10 - 1),
      "every trigger was decided about every ten seconds",
    );
    assert.ok(
      accounts.fired >= 0.9 * (accounts.fired + accounts.skipped - TRIGGERS),
      "at least nine in ten fired",
    );
    assert.equal(rows[0]!.workers, 2, "both servers computed");
  });
});
