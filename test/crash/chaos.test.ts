import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, it } from "node:test";

import { sql } from "kysely";

import { Api } from "../factories/api.ts";
import { testDatabaseKind } from "../factories/database.ts";
import { startPostgres } from "../factories/postgres-server.ts";
import { seededRandom, testSeed } from "../factories/random.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers } from "../factories/server-process.ts";
import { assertSomethingHappened, balance } from "./accounts.ts";
import { calmDown } from "./chaos/calm.ts";
import { Fleet } from "./chaos/fleet.ts";
import { wreak, type Plan } from "./chaos/mayhem.ts";
import { ingest, meddle } from "./chaos/traffic.ts";
import { createWorld } from "./chaos/world.ts";
import { SentDocuments } from "./sent-documents.ts";
import { SKEWS_MS, skewedClock } from "./skewed-clock.ts";

after(killServers);

/** The full form is CHAOS_KILLS=200 and takes a quarter of an hour. */
const KILLS = Number(process.env.CHAOS_KILLS ?? 24);
const PLAN: Plan = {
  kills: KILLS,
  databaseRestarts: Math.max(1, Math.round(KILLS / 50)),
  freezes: Math.max(1, Math.round(KILLS / 60)),
};
const TRIGGERS_A_TYPE = 100;

const skip = testDatabaseKind === "pglite" ? "PGlite belongs to one server; this runs on PostgreSQL" : false;

/**
 * Three servers whose clocks differ by minutes share a database and a storage folder. They are killed, frozen and
 * lose their database, and afterwards everything must add up: it prints what there was.
 */
it(`exactly once under chaos: ${KILLS} kill -9`, { skip, timeout: 2_400_000 }, async (t) => {
  const seed = testSeed();
  t.diagnostic(`seed ${seed} (repeat with TEST_SEED)`);
  const began = performance.now();
  const postgres = await startPostgres(["max_connections=200"]);
  const database = await createServerDatabase("postgres", postgres.url);
  const { RECLUSTER_DATA_DIR: data = "" } = database.env;
  const clocks = SKEWS_MS.map((skewMs) => skewedClock(skewMs, dirname(data)));
  const storage = join(data, "storage");
  const fleet = new Fleet(
    clocks.map(({ env }, index) => ({
      ...database.env,
      ...env,
      RECLUSTER_DATA_DIR: `${data}-${index}`,
      RECLUSTER_STORAGE: storage,
    })),
    TEST_KEY,
  );
  try {
    await fleet.untilReady();
    const sent = new SentDocuments();
    const api = new Api(fleet.servers[0]!.url!, TEST_KEY);
    const world = await createWorld(api, TRIGGERS_A_TYPE, sent, seededRandom(seed));

    const calm = new AbortController();
    const mayhem = wreak(fleet, postgres, PLAN, seededRandom(seed + 3)).finally(() => calm.abort());
    await Promise.all([
      mayhem,
      ...["a", "b", "c"].map((name, index) =>
        ingest(fleet, sent, name, seededRandom(seed + 10 + index), calm.signal),
      ),
      meddle(fleet, world, seededRandom(seed + 2), calm.signal),
    ]);
    const chaosSeconds = seconds(began);

    await fleet.untilReady();
    await calmDown(new Api(fleet.servers[0]!.url!, TEST_KEY), database);
    assert.deepEqual(await fleet.stop(), [0, 0, 0], "calm servers stop when they are told to");
    await Promise.all(clocks.map((clock) => clock.prove()));

    await database.look(async ({ sql: run }) => {
      const { rows } = await sql<{ status: string; n: number }>`
        select status, count(*) as n from triggers group by status`.execute(run);
      const report = {
        ...PLAN,
        skewsMs: SKEWS_MS,
        chaosSeconds,
        seconds: seconds(began),
        acknowledged: sent.acknowledged.size,
        unanswered: sent.unanswered.size,
        triggers: Object.fromEntries(rows.map((row) => [row.status, row.n])),
        ...fleet.report(),
      };
      // Before the rules, so that it is there if one is broken.
      t.diagnostic(JSON.stringify(report));
      const accounts = await balance(run);
      t.diagnostic(JSON.stringify(accounts));
      await sent.check(run);
      await checkArtifacts(run, storage);
      assertSomethingHappened(accounts);
      assert.ok(accounts.lostAttempts > 0, "servers were killed in the middle of runs");
      assert.ok(accounts.checks > 0, "checks were made");
      assert.deepEqual(fleet.faults, [], "no answer said that the fault is ours");
    });
  } finally {
    await fleet.abandon();
    await database.remove();
    await postgres.stop();
  }
});

function seconds(began: number): number {
  return Math.round((performance.now() - began) / 1000);
}

async function checkArtifacts(run: Parameters<typeof balance>[0], storage: string): Promise<void> {
  const { rows } = await sql<{ artifact_path: string }>`
    select artifact_path from executions where status = 'completed'`.execute(run);
  for (const { artifact_path } of rows) await access(join(storage, artifact_path));
}
