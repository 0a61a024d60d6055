import assert from "node:assert/strict";
import { after, beforeEach, before, test } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import {
  addCluster,
  addExecution,
  kmeansDefinition,
  readAttempts,
  readExecution,
} from "../../../test/factories/runs.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { databaseClock, ManualClock } from "../db/database-clock.ts";
import { claimRun, msUntilRetry } from "./claim-run.ts";

let database: TestDatabase;
const definition = kmeansDefinition(["col_1"]);
const clock = new ManualClock(new Date("2026-03-01T12:00:00Z"));

before(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.db.sql.deleteFrom("executions").execute();
});
after(() => database.close());

const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 11, 0, second));
const claim = (worker: string, lastServed: ReadonlyMap<string, number> = new Map()) =>
  claimRun(database.db, { clock, worker, leaseMs: 30_000, lastServed });

async function queue(tenant: TestTenant, seconds: readonly number[], clusterId?: string): Promise<string[]> {
  const ids = [];
  for (const second of seconds) {
    const cluster = clusterId ?? (await addCluster(database.db, tenant, definition));
    ids.push(await addExecution(database.db, tenant, cluster, definition, at(second)));
  }
  return ids;
}

async function finish(runId: string): Promise<void> {
  await database.db.sql
    .updateTable("executions")
    .set({ status: "completed", lease_owner: null })
    .where("run_id", "=", runId)
    .execute();
}

test("a claimed execution is leased, started and has an attempt on record; nothing is left then", async () => {
  const tenant = await createTenant(database.db);
  const [runId] = await queue(tenant, [0]);
  const claimed = await claim("worker_a");
  assert.deepEqual(
    [claimed!.runId, claimed!.attempt, claimed!.leaseOwner, claimed!.snapshot, claimed!.definition],
    [runId, 1, "worker_a", null, definition],
  );
  const row = await readExecution(database.db, runId!);
  assert.deepEqual([row.status, row.started_at], ["processing", clock.instant]);
  assert.equal(row.lease_until!.getTime() - clock.instant.getTime(), 30_000);
  assert.equal(await claim("worker_b"), undefined);
});

test("a run and its first attempt start at the same instant, however the clock runs on meanwhile", async () => {
  const tenant = await createTenant(database.db);
  const [runId] = await queue(tenant, [0]);
  await sql`create sequence if not exists ticks`.execute(database.db.sql);
  const ticking = { now: sql<Date>`${clock.instant}::timestamptz + nextval('ticks') * interval '1 second'` };
  await claimRun(database.db, { clock: ticking, worker: "worker_a", leaseMs: 30_000, lastServed: new Map() });
  const { started_at, lease_until } = await readExecution(database.db, runId!);
  const [attempt] = await readAttempts(database.db, runId!);
  assert.deepEqual(attempt!.started_at, started_at);
  assert.equal(lease_until!.getTime() - started_at!.getTime(), 30_000);
});

test("a cluster's executions take turns, oldest first, and other clusters do not wait for it", async () => {
  const tenant = await createTenant(database.db);
  const one = await addCluster(database.db, tenant, definition);
  const [first, second] = await queue(tenant, [1, 2], one);
  const [other] = await queue(tenant, [9]);
  assert.equal((await claim("worker_a"))?.runId, first);
  assert.equal((await claim("worker_b"))?.runId, other);
  assert.equal(await claim("worker_c"), undefined);
  await finish(first!);
  assert.equal((await claim("worker_c"))?.runId, second);
});

test("many workers at once: no execution twice, no cluster twice", async () => {
  const tenant = await createTenant(database.db);
  const clusters = [];
  for (let i = 0; i < 4; i++) {
    clusters.push(await addCluster(database.db, tenant, definition));
    await queue(tenant, [1, 2, 3], clusters[i]);
  }
  const claims = await Promise.all(Array.from({ length: 12 }, (_, i) => claim(`worker_${i}`)));
  const got = claims.filter((claimed) => claimed !== undefined);
  assert.deepEqual(got.map((claimed) => claimed.clusterId).sort(), [...clusters].sort());
  assert.deepEqual(
    (await sql<{ n: number }>`select count(*) as n from attempts`.execute(database.db.sql)).rows,
    [{ n: 4 }],
  );
});

test("fair turns: fewest processing, then longest not served, then longest waiting", async () => {
  const [a, b, c] = [
    await createTenant(database.db),
    await createTenant(database.db),
    await createTenant(database.db),
  ];
  await queue(a, [0, 1, 2, 3, 4, 5]);
  await queue(b, [10, 11]);
  await queue(c, [20]);
  const served = new Map<string, number>();
  const names = new Map([a, b, c].map((tenant, i) => [tenant.namespaceId, "abc"[i]]));
  const turn = async (end: boolean) => {
    const claimed = (await claim("worker_a", served))!;
    served.set(claimed.namespaceId, served.size + 100 + turns.length);
    turns.push(names.get(claimed.namespaceId)!);
    if (end) await finish(claimed.runId);
  };
  const turns: string[] = [];
  // One at a time: nothing is processing, so the one served longest ago has its turn.
  for (let i = 0; i < 4; i++) await turn(true);
  assert.deepEqual(turns.join(""), "abca");
  // All at once: nobody gets a second while another has none.
  for (let i = 0; i < 4; i++) await turn(false);
  assert.equal(turns.slice(4).join(""), "baaa");
});

test("one that waits for its next attempt is taken when its time has come, before what is pending", async () => {
  const tenant = await createTenant(database.db);
  const [runId] = await queue(tenant, [0]);
  await claim("worker_a");
  await sql`update executions set lease_owner = null, retry_at = ${new Date(clock.instant.getTime() + 1000)}
    where run_id = ${runId}`.execute(database.db.sql);
  assert.equal(await msUntilRetry(database.db.sql, clock), 1000);
  const [pending] = await queue(tenant, [1]);
  assert.equal((await claim("worker_b"))?.runId, pending);
  await queue(tenant, [2]);
  const later = new ManualClock(new Date(clock.instant.getTime() + 1000));
  const again = await claimRun(database.db, {
    clock: later,
    worker: "worker_c",
    leaseMs: 1,
    lastServed: new Map(),
  });
  assert.deepEqual([again?.runId, again?.attempt], [runId, 2]);
  assert.equal(await msUntilRetry(database.db.sql, clock), undefined);
});

test("a queue of 10,000 is not read to claim one of it", async () => {
  const tenant = await createTenant(database.db);
  const busy = await addCluster(database.db, tenant, definition);
  await queue(tenant, [0], busy);
  await claim("worker_a");
  await sql`
    insert into executions (run_id, cluster_id, namespace_id, organization_id, triggered_at, definition)
    select 'run_q' || i, case when i % 2 = 0 then ${busy} else 'clust_' || i end, ${tenant.namespaceId},
      ${tenant.organizationId}, ${at(0)}::timestamptz + i * interval '1 ms', '{}'
    from generate_series(1, 10000) i`.execute(database.db.sql);
  await sql`analyze executions`.execute(database.db.sql);
  const plan = await sql<{ "QUERY PLAN": string }>`
    explain (analyze, costs off, timing off)
    select run_id from executions
    where status = 'pending' and namespace_id = ${tenant.namespaceId}
      and cluster_id not in (select cluster_id from executions where status = 'processing')
    order by triggered_at, run_id limit 1 for update skip locked`.execute(database.db.sql);
  const text = plan.rows.map((row) => row["QUERY PLAN"]).join("\n");
  assert.match(text, /Index Scan using executions_waiting/, text);
  assert.doesNotMatch(text, /Sort|Seq Scan/, text);
  const claimed = await claimRun(database.db, {
    clock: databaseClock, worker: "worker_b", leaseMs: 30_000, lastServed: new Map() }); // prettier-ignore
  assert.equal(claimed?.runId, "run_q1");
});
