import { sql } from "kysely";

import type { ListMeasurementsRequest, Measurement } from "#contract/measurements.ts";
import type { Sql } from "../../db/database.ts";

interface StoredMeasurement {
  readonly due_at: Date;
  readonly measured_at: Date;
  readonly metric: string;
  readonly value: number | null;
  readonly p_value: number | null;
  readonly baseline_run_id: string | null;
  readonly evidence: Record<string, unknown>;
  readonly fired: boolean;
}

const DEFAULT_LIMIT = 50;

/** A page of what a trigger's checks have found, newest first: from `after` on and before `before`. */
export async function listMeasurements(
  run: Sql,
  triggerId: string,
  { limit = DEFAULT_LIMIT, after = null, before = null }: ListMeasurementsRequest,
): Promise<Measurement[]> {
  const { rows } = await sql<StoredMeasurement>`
    select m.due_at, m.measured_at, m.metric, m.value, m.p_value, m.baseline_run_id, m.evidence, exists (
      select from decisions d
      where d.trigger_id = m.trigger_id and d.last_due = m.due_at and d.outcome = 'fired') as fired
    from measurements m
    where m.trigger_id = ${triggerId}
      and (${after}::timestamptz is null or m.due_at >= ${after}::timestamptz)
      and (${before}::timestamptz is null or m.due_at < ${before}::timestamptz)
    order by m.due_at desc limit ${limit}`.execute(run);
  return rows.map((row) => ({
    ...row,
    due_at: row.due_at.toISOString(),
    measured_at: row.measured_at.toISOString(),
  }));
}
