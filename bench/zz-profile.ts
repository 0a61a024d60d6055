import { sql } from "kysely";
import { Database } from "../server/src/db/database.ts";
import { databaseClock } from "../server/src/db/database-clock.ts";
import { postgresBackend } from "../server/src/db/postgres.ts";
import { silentLogger } from "../server/src/platform/logger.ts";
import { TestSignals } from "../server/src/platform/test-signals.ts";
import { createScheduler } from "../server/src/triggers/scheduler.ts";
import { createTenant } from "../test/factories/tenant.ts";
import { openBenchDatabase } from "./postgres.ts";
const b = await openBenchDatabase("postgres");
const inner = postgresBackend({ url: b.url!, maxConnections: 4, logger: silentLogger });
const times = new Map<string, number>();
const wrapped = { ...inner, acquire: async () => { const s = await inner.acquire(); return { ...s, query: async (t: string, p: readonly unknown[]) => { const t0 = performance.now(); const r = await s.query(t, p); const k = t.trim().slice(0, 60).replaceAll(/\s+/g, " "); times.set(k, (times.get(k) ?? 0) + performance.now() - t0); return r; } }; } };
const db = new Database(wrapped, { logger: silentLogger });
const tenant = await createTenant(b.db);
await sql`insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
 select 'c'||n, ${tenant.namespaceId}, ${tenant.organizationId}, 'c'||n, '{col_x}', 'vector', ${JSON.stringify({ collectionIds: ["col_x"], method: { algorithm: "kmeans", params: { n_clusters: 2, max_iter: 300, random_state: 42, n_init: 1, tol: 0.0001, init: "k-means++" } }, featureName: null, normalizeFeatures: true, labelPaths: null })}::jsonb, '{}' from generate_series(1,10000) n`.execute(b.db.sql);
await sql`insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status, anchor_at, next_due_at)
 select 't'||n, ${tenant.namespaceId}, ${tenant.organizationId}, 'c'||n, 'interval', '{"interval_seconds": 864000}', 'active', now(), null from generate_series(1,10000) n`.execute(b.db.sql);
await sql`vacuum analyze`.execute(b.db.sql);
const sch = createScheduler({ db, clock: databaseClock, logger: silentLogger, signals: new TestSignals(), limits: { minIntervalSeconds: 1, minCheckSeconds: 10, maxActiveTriggers: null } });
for (let r = 0; r < 3; r++) {
  await sql`update executions set status = 'canceled'`.execute(b.db.sql);
  await sql`update triggers set next_due_at = now(), anchor_at = now(), decided_through = null`.execute(b.db.sql);
  times.clear(); const c0 = process.cpuUsage(); const t0 = performance.now(); console.log(await sch.runOnce()); const cpu = process.cpuUsage(c0);
  console.log("total", performance.now() - t0, "js cpu", (cpu.user + cpu.system) / 1000);
  for (const [k, v] of [...times].sort((a, b) => b[1] - a[1]).slice(0, 9)) console.log(v.toFixed(0).padStart(6), k);
}
await db.close(); await b.close(); process.exit(0);
