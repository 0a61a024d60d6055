import { sql } from "kysely";

import type { Decision, ListDecisionsRequest } from "#contract/decisions.ts";
import type { Sql } from "../../db/database.ts";
import type { Outcome } from "../../db/tables.ts";
import { jobIdOf } from "../../runs/job-id.ts";
import { readCursor, writeCursor } from "./decision-cursor.ts";

export interface StoredDecision {
  readonly decision_id: string;
  readonly trigger_id: string;
  readonly first_due: Date;
  readonly last_due: Date;
  readonly count: number;
  readonly decided_at: Date;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly evidence: Record<string, unknown>;
  readonly run_id: string | null;
}

const DEFAULT_LIMIT = 50;

/**
 * A page of a trigger's decisions, newest first; `after` and `before` select those whose span touches the time
 * between them, both included. A cursor belongs to its trigger and filter: throws `foreign_cursor` for another's.
 */
export async function listDecisions(
  run: Sql,
  triggerId: string,
  request: ListDecisionsRequest,
): Promise<{ decisions: Decision[]; next_cursor: string | null }> {
  const {
    limit = DEFAULT_LIMIT,
    cursor = null,
    outcome = null,
    reason = null,
    after = null,
    before = null,
  } = request;
  const filter = { outcome, reason, after, before };
  const place = cursor === null ? null : readCursor(cursor, triggerId, filter);
  const { rows } = await sql<StoredDecision>`
    select * from decisions
    where trigger_id = ${triggerId}
      and (${outcome}::text is null or outcome = ${outcome})
      and (${reason}::text is null or reason = ${reason})
      and (${after}::timestamptz is null or last_due >= ${after}::timestamptz)
      and (${before}::timestamptz is null or first_due <= ${before}::timestamptz)
      ${place ? sql`and (last_due, decision_id) < (${place.lastDue}::timestamptz, ${place.decisionId})` : sql``}
    order by last_due desc, decision_id desc
    limit ${limit + 1}`.execute(run);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    decisions: page.map(toDecision),
    next_cursor: more
      ? writeCursor(triggerId, filter, { lastDue: last.last_due.toISOString(), decisionId: last.decision_id })
      : null,
  };
}

export function toDecision(row: StoredDecision): Decision {
  return {
    decision_id: row.decision_id,
    trigger_id: row.trigger_id,
    first_due: row.first_due.toISOString(),
    last_due: row.last_due.toISOString(),
    count: row.count,
    decided_at: row.decided_at.toISOString(),
    outcome: row.outcome,
    reason: row.reason,
    evidence: row.evidence,
    job_id: row.run_id === null ? null : jobIdOf(row.run_id),
  };
}
