/**
 * The baseline of the history's HTTP rate: the same framework, the same pool, the same rows by the bare index read, the
 * same answer's schema; no key, no namespace, no total. A process of its own, so that both sides have one.
 */
import fastify from "fastify";
import { sql } from "kysely";

import { ClusterTriggerHistoryResponse } from "#contract/history.ts";
import { Database } from "../server/src/db/database.ts";
import { postgresBackend } from "../server/src/db/postgres.ts";
import { silentLogger } from "../server/src/platform/logger.ts";

const db = new Database(
  postgresBackend({ url: process.env.DATABASE_URL!, maxConnections: 10, logger: silentLogger }),
  { logger: silentLogger },
);
const app = fastify();

app.post<{ Body: { ordinals: number[] } }>(
  "/bare",
  { schema: { response: { 200: ClusterTriggerHistoryResponse } } },
  async ({ body }) => {
    const { rows } = await sql<{ run_id: string; triggered_at: Date; status: string }>`
      select run_id, triggered_at, status, execution_time_ms, error, num_clusters, num_documents
      from executions where trigger_id = 'trig_bench' and trigger_ordinal = any(${body.ordinals}::bigint[])
      order by trigger_ordinal desc`.execute(db.sql);
    const executions = rows.map((row) => ({
      ...row,
      job_id: row.run_id,
      triggered_at: row.triggered_at.toISOString(),
    }));
    return { trigger_id: "trig_bench", executions, total: rows.length, offset: 0, limit: 50 };
  },
);
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
