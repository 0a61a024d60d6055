import { sql } from "kysely";

import type { Database, Tx } from "../db/database.ts";
import { rowsOf } from "../db/json.ts";
import { newId } from "../platform/ids.ts";

/** Positions in event logs that an execution consumed: given back when it finally fails. */
export interface ConsumedEvents {
  readonly positions: readonly {
    readonly collection_id: string;
    readonly from_seq: number;
    readonly to_seq: number;
    /** The log's running totals at from_seq, so that giving back does not need its row. */
    readonly from_totals: { readonly added: number; readonly updated: number; readonly batches: number };
  }[];
}

export interface NewExecution {
  /** Made here if it is not given. */
  readonly runId?: string;
  readonly clusterId: string;
  readonly namespaceId: string;
  readonly organizationId: string;
  /** The trigger that fired and the ordinal it gave this execution; null for a run asked for by cluster. */
  readonly trigger: { readonly triggerId: string; readonly ordinal: number } | null;
  /** The due instant; null for a manual run. */
  readonly dueAt: Date | null;
  readonly triggeredAt: Date;
  readonly consumed: ConsumedEvents | null;
  /** Who asked for a manual run. */
  readonly requestedBy: string | null;
}

/**
 * Creates pending executions of the clusters as they are defined now, in the caller's transaction. The caller holds the
 * rows of the triggers and then of the clusters (`for update`, in order of their ids). Returns the run ids in the
 * order given; workers are woken by the commit.
 */
export async function enqueue(db: Database, tx: Tx, executions: readonly NewExecution[]): Promise<string[]> {
  if (executions.length === 0) return [];
  const rows = executions.map((execution) => ({
    run_id: execution.runId ?? newId("run"),
    cluster_id: execution.clusterId,
    namespace_id: execution.namespaceId,
    organization_id: execution.organizationId,
    trigger_id: execution.trigger?.triggerId ?? null,
    trigger_ordinal: execution.trigger?.ordinal ?? null,
    due_at: execution.dueAt,
    consumed: execution.consumed,
    requested_by: execution.requestedBy,
    triggered_at: execution.triggeredAt,
  }));
  const columns =
    "run_id text, cluster_id text, namespace_id text, organization_id text, trigger_id text, trigger_ordinal bigint, " +
    "due_at timestamptz, consumed jsonb, requested_by text, triggered_at timestamptz";
  const names = sql.raw(columns.replaceAll(/ (text|bigint|timestamptz|jsonb)/g, ""));
  // The definition is copied inside the database: to read it and send it back cost a third of a firing.
  await sql`
    insert into executions (${names}, definition)
    select ${sql.raw("rows_of.*")}, clusters.definition
    from ${rowsOf(rows, columns)} join clusters on clusters.cluster_id = rows_of.cluster_id`.execute(tx);
  db.wakeAfterCommit(tx, "runs");
  return rows.map((row) => row.run_id);
}
