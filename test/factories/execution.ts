import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import { rowsOf } from "../../server/src/db/json.ts";
import type { ExecutionStatus } from "../../server/src/db/tables.ts";
import { newId } from "../../server/src/platform/ids.ts";
import type { TestTenant } from "./tenant.ts";

export interface TestExecution {
  readonly run_id?: string;
  readonly trigger_id?: string;
  readonly trigger_ordinal?: number;
  readonly status?: ExecutionStatus;
  readonly triggered_at?: Date;
  readonly ended_at?: Date;
  readonly execution_time_ms?: number;
  readonly num_clusters?: number;
  readonly num_documents?: number;
  readonly progress?: object;
  readonly error?: string;
}

/** An execution's row as it stands in some state, made the newest of its cluster; returns its run id. */
export async function createTestExecution(
  db: Database,
  tenant: TestTenant,
  clusterId: string,
  execution: TestExecution = {},
): Promise<string> {
  const row = {
    run_id: newId("run"),
    status: "pending",
    triggered_at: new Date(Date.UTC(2026, 0, 1)),
    ...execution,
  };
  const columns =
    "run_id text, trigger_id text, trigger_ordinal bigint, status text, triggered_at timestamptz, ended_at timestamptz, " +
    "execution_time_ms bigint, num_clusters bigint, num_documents bigint, progress jsonb, error text";
  const names = sql.raw(columns.replaceAll(/ (text|bigint|timestamptz|jsonb)/g, ""));
  await sql`
    insert into executions (${names}, cluster_id, namespace_id, organization_id, definition)
    select ${names}, ${clusterId}, ${tenant.namespaceId}, ${tenant.organizationId}, '{}'
    from ${rowsOf([row], columns)}`.execute(db.sql);
  return row.run_id;
}
