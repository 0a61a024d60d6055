import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";
import type { Found } from "../conditions/finished-check.ts";
import type { Candidate } from "./backtest.ts";
import { tooLong, type Window } from "./read-past.ts";

/** A check that really was made. */
export interface PastCheck {
  readonly dueAt: Date;
  readonly measuredAt: Date;
  readonly baselineRunId: string | null;
  readonly found: Found;
}

const MOST_CHECKS = 100_000;

/**
 * The checks on record by the candidate's metric: its own, or where it has made none, those of the cluster's other triggers
 * that are measured alike. In order, one an instant.
 */
export async function readMeasurements(
  run: Sql,
  { state: { condition }, cluster: { clusterId }, triggerId }: Candidate,
  { after, before }: Window,
): Promise<PastCheck[]> {
  const where = sql`cluster_id = ${clusterId} and metric = ${condition!.metric} and due_at > ${after} and due_at <= ${before}`;
  const { rows } = await sql<PastCheck>`
    select distinct on (due_at) due_at as "dueAt", measured_at as "measuredAt", baseline_run_id as "baselineRunId", found
    from measurements
    where ${where} and (trigger_id = ${triggerId}::text or not exists (
      select from measurements where ${where} and trigger_id = ${triggerId}::text))
    order by due_at, trigger_id limit ${MOST_CHECKS + 1}`.execute(run);
  if (rows.length > MOST_CHECKS) throw tooLong(`more than ${MOST_CHECKS} checks`);
  return rows;
}
