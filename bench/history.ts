/**
 * A page of 50 rows of one trigger's history, of a million: first, middle and last, all and only the failed (5 %).
 * Below HTTP beside the bare index read of the same rows; through HTTP beside a bare route of the same framework
 * that reads the same rows by the index and returns them. `--rows N` for another size, `--database pglite` below HTTP only.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sql } from "kysely";

import type { Database } from "../server/src/db/database.ts";
import { historyPage } from "../server/src/runs/history/page.ts";
import { spawnServer } from "../test/factories/server-process.ts";
import { createKey, createTenant, type TestTenant } from "../test/factories/tenant.ts";
import { openBenchDatabase } from "./postgres.ts";
import { processorMs } from "./processor-time.ts";
import { median, pairs, row, timed, type BenchRow } from "./result.ts";

const LIMIT = 50;
const TRIGGER = "trig_bench";
const TIMES = 200;

export async function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const executions = Number(options.rows ?? 1_000_000);
  const database = await openBenchDatabase(options.database ?? "postgres");
  try {
    const { db } = database;
    const tenant = await createTenant(db);
    const seconds = await timed(() => seed(db, tenant, executions));
    console.log(
      `seeded ${executions.toLocaleString("en-US")} executions in ${(seconds / 1000).toFixed(0)} s`,
    );
    await proveSeed(db, executions);
    const rows = await belowHttp(db, tenant, executions);
    if (database.url !== undefined) rows.push(...(await throughHttp(database.url, db, tenant, executions)));
    return rows;
  } finally {
    await database.close();
  }
}

/** One trigger with this many ended executions, every twentieth failed. */
async function seed(db: Database, tenant: TestTenant, executions: number): Promise<void> {
  await sql`
    insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
    values ('clust_bench', ${tenant.namespaceId}, ${tenant.organizationId}, 'bench', '{}', 'vector', '{}', '{}')`.execute(
    db.sql,
  );
  await sql`
    insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status, anchor_at, next_ordinal)
    values (${TRIGGER}, ${tenant.namespaceId}, ${tenant.organizationId}, 'clust_bench', 'interval', '{"interval_seconds": 60}', 'paused',
      clock_timestamp(), ${executions})`.execute(db.sql);
  const chunk = 100_000;
  for (let from = 0; from < executions; from += chunk) {
    await sql`
      insert into executions (run_id, cluster_id, namespace_id, organization_id, trigger_id, trigger_ordinal, due_at, status,
        triggered_at, started_at, ended_at, execution_time_ms, attempt, definition, num_clusters, num_documents, error)
      select 'run_bench' || n, 'clust_bench', ${tenant.namespaceId}, ${tenant.organizationId}, ${TRIGGER}, n, at, 
        case when n % 20 = 7 then 'failed' else 'completed' end, at, at, at + interval '3 seconds', 3000, 1, '{}',
        case when n % 20 = 7 then null else 12 end, case when n % 20 = 7 then null else 10000 end,
        case when n % 20 = 7 then 'The collection holds 3 documents with this feature; kmeans with n_clusters 12 needs 12.' end
      from (select n, timestamptz '2020-01-01Z' + n * interval '1 minute' as at
        from generate_series(${from}::int, ${Math.min(from + chunk, executions) - 1}::int) as n) as instants`.execute(
      db.sql,
    );
  }
  await sql`vacuum analyze`.execute(db.sql);
}

/** The blocks must say what the rows say, or the figures mean nothing. */
async function proveSeed(db: Database, executions: number): Promise<void> {
  const { rows } = await sql<{ total: number; failed: number; counted: number; counted_failed: number }>`
    select count(*) as total, count(*) filter (where status = 'failed') as failed,
      (select sum(completed + failed) from history_blocks where level = 1)::bigint as counted,
      (select sum(failed) from history_blocks where level = 0)::bigint as counted_failed
    from executions`.execute(db.sql);
  const { total, failed, counted, counted_failed: countedFailed } = rows[0]!;
  if (total !== executions || counted !== total || countedFailed !== failed)
    throw new Error(`The seed is inconsistent: ${JSON.stringify(rows[0])}`);
}

interface Case {
  readonly name: string;
  readonly status: string | null;
  readonly offset: number;
}

function cases(executions: number): Case[] {
  const failed = Math.floor(executions / 20);
  return [
    { name: "first page", status: null, offset: 0 },
    { name: "middle page", status: null, offset: Math.floor(executions / 2) },
    { name: "last page", status: null, offset: executions - LIMIT },
    { name: "first page, failed only", status: "failed", offset: 0 },
    { name: "middle page, failed only", status: "failed", offset: Math.floor(failed / 2) },
    { name: "last page, failed only", status: "failed", offset: failed - LIMIT },
  ];
}

async function belowHttp(db: Database, tenant: TestTenant, executions: number): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const firsts = new Map<string | null, number>();
  for (const { name, status, offset } of cases(executions)) {
    const ask = () =>
      historyPage(db.sql, tenant.namespaceId, TRIGGER, {
        offset,
        limit: LIMIT,
        status,
        cursor: undefined,
        triggeredAfter: null,
        triggeredBefore: null,
      });
    const page = await ask();
    if (page.rows.length !== LIMIT) throw new Error(`${name} has ${page.rows.length} rows`);
    const ordinals = page.rows.map((found) => found.trigger_ordinal);
    const { ours, baseline } = await pairs(TIMES, ask, () => bareRead(db, ordinals));
    if (!firsts.has(status)) firsts.set(status, ours);
    rows.push(
      row(`below HTTP: ${name}`, "ms", ours, baseline, {
        "of first page": Number((ours / firsts.get(status)!).toFixed(2)),
      }),
    );
  }
  return rows;
}

/** The same rows by the index on (trigger_id, trigger_ordinal), nothing counted and nothing checked. */
function bareRead(db: Database, ordinals: readonly number[]): Promise<unknown> {
  return sql`
    select run_id, triggered_at, status, execution_time_ms, error, num_clusters, num_documents, trigger_ordinal
    from executions where trigger_id = ${TRIGGER} and trigger_ordinal = any(${ordinals}::bigint[])
    order by trigger_ordinal desc`.execute(db.sql);
}

async function throughHttp(
  url: string,
  db: Database,
  tenant: TestTenant,
  executions: number,
): Promise<BenchRow[]> {
  const key = await createKey(db, tenant.organizationId, tenant.userId, ["read"]);
  const folder = await mkdtemp(join(tmpdir(), "recluster-bench-"));
  const server = await spawnServer({ DATABASE_URL: url, RECLUSTER_DATA_DIR: folder, RECLUSTER_ROLES: "api" });
  const bare = await startBare(url);
  const headers = { authorization: `Bearer ${key}`, "x-namespace": tenant.namespaceId };
  const rows: BenchRow[] = [];
  try {
    for (const { name, status, offset } of [
      cases(executions)[0]!,
      cases(executions)[2]!,
      cases(executions)[5]!,
    ]) {
      const body = JSON.stringify({ offset, limit: LIMIT, status_filter: status });
      const ordinals = (
        await historyPage(db.sql, tenant.namespaceId, TRIGGER, {
          offset,
          limit: LIMIT,
          status,
          cursor: undefined,
          triggeredAfter: null,
          triggeredBefore: null,
        })
      ).rows.map((found) => found.trigger_ordinal);
      const ours: Rate[] = [];
      const theirs: Rate[] = [];
      for (let round = 0; round < 6; round++) {
        const a = await rate(
          `${server.url}/v1/clusters/triggers/${TRIGGER}/history`,
          server.pid,
          headers,
          body,
        );
        const b = await rate(`${bare.url}/bare`, bare.pid, {}, JSON.stringify({ ordinals }));
        if (round === 0) continue;
        ours.push(a);
        theirs.push(b);
      }
      rows.push(
        row(
          `through HTTP: ${name}`,
          "requests/s",
          median(ours.map((r) => r.perSecond)),
          median(theirs.map((r) => r.perSecond)),
          {
            "server CPU ms": Number(median(ours.map((r) => r.cpuMs)).toFixed(3)),
            "bare CPU ms": Number(median(theirs.map((r) => r.cpuMs)).toFixed(3)),
          },
        ),
      );
    }
  } finally {
    await server.stop();
    bare.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

function startBare(url: string): Promise<{ url: string; pid: number; stop: () => void }> {
  const file = new URL("./bare-route.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--conditions=recluster-source", file], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) =>
      resolve({ url: chunk.toString().trim(), pid: child.pid!, stop: () => child.kill() }),
    );
    child.on("exit", (code) => reject(new Error(`the bare route ended with ${code}`)));
  });
}

interface Rate {
  readonly perSecond: number;
  /** Processor time of the server for one request. */
  readonly cpuMs: number;
}

const CONNECTIONS = 8;
const REQUESTS = 1500;

/** Eight connections ask one after the other until 1,500 requests are answered. */
async function rate(url: string, pid: number, headers: Record<string, string>, body: string): Promise<Rate> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const cpuBefore = processorMs(pid);
  let left = REQUESTS;
  const ms = await timed(() =>
    Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (left-- > 0) await post(url, agent, headers, body);
      }),
    ),
  );
  agent.destroy();
  return { perSecond: (REQUESTS / ms) * 1000, cpuMs: (processorMs(pid) - cpuBefore) / REQUESTS };
}

function post(url: string, agent: Agent, headers: Record<string, string>, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: "POST",
        agent,
        headers: {
          ...headers,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (response) => {
        response.resume();
        response.on("end", () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
