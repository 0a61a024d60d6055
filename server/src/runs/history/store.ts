import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";

export interface HistoryRow {
  readonly run_id: string;
  readonly triggered_at: Date;
  readonly status: string;
  readonly execution_time_ms: number | null;
  readonly error: string | null;
  readonly num_clusters: number | null;
  readonly num_documents: number | null;
  readonly trigger_ordinal: number;
}

export interface HistoryQuery {
  readonly triggerId: string;
  readonly namespaceId: string;
  /** Lower case; one that no execution can have matches none; null for any. */
  readonly status: string | null;
  readonly offset: number;
  readonly limit: number;
  /** Begin under this ordinal instead of skipping; then `offset` is 0. */
  readonly belowOrdinal: number | null;
  /** At or after. */
  readonly triggeredAfter: Date | null;
  readonly triggeredBefore: Date | null;
}

/**
 * A page of a trigger's executions, newest first, and how many there are under the filter: one statement, so both
 * are of one moment. Undefined if the namespace has no such trigger. `history_page` is in
 * migrations/0002-reading-executions.ts, with the reason why it is a function.
 */
export async function readHistory(
  run: Sql,
  query: HistoryQuery,
): Promise<{ readonly total: number; readonly rows: readonly HistoryRow[] } | undefined> {
  const { rows } = await sql<HistoryRow & { total: number; run_id: string | null }>`
    select * from history_page(
      ${query.triggerId}, ${query.namespaceId}, ${query.status}, ${query.offset}, ${query.limit},
      ${query.belowOrdinal}, ${query.triggeredAfter}, ${query.triggeredBefore})`.execute(run);
  const first = rows[0];
  if (!first) return undefined;
  // A page without executions is one row that has only the total.
  return { total: first.total, rows: (first.run_id as string | null) === null ? [] : rows };
}
