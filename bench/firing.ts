/**
 * 10,000 triggers due at one instant, by the server's own scheduler in a process of its own: when is each decision
 * durable? Beside the bare statement that claims 10,000 due triggers and inserts their executions, without our rules
 * and without the history's counts. Commit instants are PostgreSQL's own (track_commit_timestamp).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import type { Database } from "../server/src/db/database.ts";
import { Api } from "../test/factories/api.ts";
import { seededRandom } from "../test/factories/random.ts";
import { spawnServer, type ServerProcess } from "../test/factories/server-process.ts";
import { openBenchDatabase } from "./postgres.ts";
import { median, percentile, row, type BenchRow } from "./result.ts";

const TRIGGERS = 10_000;
const ROUNDS = 5;
const KEY = "sk_bench_0123456789abcdef";

export async function bench(): Promise<BenchRow[]> {
  const database = await openBenchDatabase("postgres");
  const folder = await mkdtemp(join(tmpdir(), "recluster-bench-"));
  const env = { DATABASE_URL: database.url!, RECLUSTER_DATA_DIR: folder, RECLUSTER_API_KEY: KEY };
  try {
    const { db } = database;
    let server = await spawnServer({ ...env, RECLUSTER_ROLES: "api,scheduler" });
    await seed(db, new Api(server.url, KEY));
    const bare: number[] = [];
    const idle: Round[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const ms = await bareClaim(db);
      const fired = await fireAll(db, TRIGGERS);
      if (round === 0) continue;
      bare.push(ms);
      idle.push(fired);
    }
    await server.stop();

    server = await spawnServer(env);
    const busy = await whileBusy(db, server);
    await server.stop();
    const baseline = median(bare);
    return [
      summary("idle", idle, baseline),
      summary("importing 50,000 documents, a run computing", busy, baseline),
    ].flat();
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  /** From the due instant to the commit of the last decision. */
  readonly durableMs: number;
  readonly latenessMs: number[];
}

function summary(name: string, rounds: readonly Round[], baseline: number): BenchRow[] {
  const lateness = rounds.flatMap((round) => round.latenessMs);
  return [
    row(`all durable, ${name}`, "ms", median(rounds.map((round) => round.durableMs)), baseline),
    row(`lateness p99, ${name}`, "ms", percentile(lateness, 99), null, {
      p50: Math.round(percentile(lateness, 50)),
      max: Math.round(Math.max(...lateness)),
    }),
  ];
}

/** A small collection, one cluster for each trigger, and interval triggers that sleep until the bench wakes them. */
async function seed(db: Database, api: Api): Promise<void> {
  const random = seededRandom(11);
  const collection = await api.call("POST", "/v1/collections", {
    collection_name: "points",
    features: [{ name: "v", dimensions: 4 }],
  });
  await api.call("POST", "/v1/collections/points/documents/ingest", {
    documents: Array.from({ length: 100 }, (_, index) => ({
      document_id: `p${index}`,
      vectors: { v: [random.next(), random.next(), random.next(), random.next()] },
    })),
  });
  const model = await api.call("POST", "/v1/clusters/triggers", {
    execution_config: {
      collection_ids: [collection.collection_id],
      config: { algorithm: "kmeans", n_clusters: 2, n_init: 1 },
    },
    trigger_type: "interval",
    schedule_config: { interval_seconds: 864_000 },
    status: "paused",
  });
  await sql`
    insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
    select 'clust_bench' || n, namespace_id, organization_id, 'bench ' || n, collection_ids, cluster_type, definition, wire_config
    from clusters, generate_series(1, ${TRIGGERS}::int) as n where cluster_id = ${model.cluster_id}`.execute(
    db.sql,
  );
  await sql`
    insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status, anchor_at)
    select 'trig_bench' || n, namespace_id, organization_id, 'clust_bench' || n, trigger_type, schedule_config, 'active', anchor_at
    from triggers, generate_series(1, ${TRIGGERS}::int) as n where trigger_id = ${model.trigger_id}`.execute(
    db.sql,
  );
  await sql`vacuum analyze`.execute(db.sql);
}

/** Makes all of them due in two seconds and waits until each has its decision. */
async function fireAll(db: Database, expected: number): Promise<Round> {
  await sql`update executions set status = 'canceled' where status in ('pending', 'processing')`.execute(
    db.sql,
  );
  const { rows } = await sql<{ due: Date }>`
    update triggers set next_due_at = at.due, anchor_at = at.due, decided_through = null
    from (select date_trunc('milliseconds', clock_timestamp() + interval '2 seconds') as due) as at
    where trigger_id like 'trig_bench%' returning at.due`.execute(db.sql);
  const due = rows[0]!.due;
  await sql`select pg_notify('recluster', 'triggers')`.execute(db.sql);
  for (let look = 0; look < 600; look++) {
    await delay(100);
    const { rows: counted } = await sql<{ n: number }>`
      select count(*) as n from decisions where first_due = ${due} and run_id is not null`.execute(db.sql);
    if (counted[0]!.n === expected) break;
  }
  const { rows: late } = await sql<{ ms: number }>`
    select extract(epoch from pg_xact_commit_timestamp(xmin) - first_due)::float8 * 1000 as ms
    from decisions where first_due = ${due} and run_id is not null`.execute(db.sql);
  if (late.length !== expected)
    throw new Error(`Only ${late.length} of ${expected} triggers fired within a minute.`);
  const latenessMs = late.map((entry) => entry.ms);
  return { durableMs: Math.max(...latenessMs), latenessMs };
}

/** The floor: one statement claims all due triggers and inserts their executions, with nothing else to keep. Rolled back. */
async function bareClaim(db: Database): Promise<number> {
  await sql`update triggers set next_due_at = clock_timestamp(), status = 'paused' where trigger_id like 'trig_bench%'`.execute(
    db.sql,
  );
  await sql`alter table executions disable trigger user`.execute(db.sql);
  const started = performance.now();
  await sql`
    with due as (
      select trigger_id from triggers where trigger_id like 'trig_bench%' and next_due_at <= clock_timestamp()
      order by next_due_at, trigger_id for update skip locked
    ), claimed as (
      update triggers set next_due_at = next_due_at + interval '10 days', next_ordinal = next_ordinal + 1
      from due where triggers.trigger_id = due.trigger_id returning triggers.*
    )
    insert into executions (run_id, cluster_id, namespace_id, organization_id, trigger_id, trigger_ordinal, due_at, triggered_at, definition, status)
    select 'run_' || gen_random_uuid(), cluster_id, namespace_id, organization_id, trigger_id, next_ordinal - 1,
      next_due_at - interval '10 days', clock_timestamp(), '{}', 'canceled'
    from claimed`.execute(db.sql);
  const ms = performance.now() - started;
  await sql`alter table executions enable trigger user`.execute(db.sql);
  await sql`delete from executions where definition = '{}'`.execute(db.sql);
  await sql`update triggers set next_ordinal = next_ordinal - 1, next_due_at = null, status = 'active' where trigger_id like 'trig_bench%'`.execute(
    db.sql,
  );
  return ms;
}

/** The same while documents are being imported and a run computes. */
async function whileBusy(db: Database, server: ServerProcess): Promise<Round[]> {
  const api = new Api(server.url, KEY);
  const random = seededRandom(12);
  await api.call("POST", "/v1/collections", {
    collection_name: "stream",
    features: [{ name: "v", dimensions: 64 }],
  });
  const cluster = await api.call("POST", "/v1/clusters", {
    collection_ids: ["stream"],
    vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 50, n_init: 20 } },
  });
  const vector = () => Array.from({ length: 64 }, () => Number(random.next().toFixed(4)));
  const batch = (from: number) => ({
    documents: Array.from({ length: 1000 }, (_, index) => ({
      document_id: `s${from + index}`,
      vectors: { v: vector() },
    })),
  });
  await api.call("POST", "/v1/collections/stream/documents/ingest", batch(0));
  await api.call("POST", `/v1/clusters/${cluster.cluster_id}/execute`);
  const rounds: Round[] = [];
  const importer = (async () => {
    for (let from = 1000; from < 51_000; from += 1000)
      await api.call("POST", "/v1/collections/stream/documents/ingest", batch(from));
  })();
  rounds.push(await fireAll(db, TRIGGERS));
  await importer;
  return rounds;
}
