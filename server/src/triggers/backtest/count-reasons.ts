import { sql } from "kysely";

import type { BacktestResponse } from "#contract/backtest.ts";
import type { Sql } from "../../db/database.ts";
import type { Candidate } from "./backtest.ts";
import type { Window } from "./read-past.ts";

type ByReason = BacktestResponse["by_reason"];

/** How many decisions there are for each reason, and how many due instants they cover. */
export function countReasons(
  decisions: readonly { readonly reason: string; readonly count: number }[],
): ByReason {
  const counts: ByReason = {};
  for (const { reason, count } of decisions) {
    const so = counts[reason] ?? { decisions: 0, instants: 0 };
    counts[reason] = { decisions: so.decisions + 1, instants: so.instants + count };
  }
  return counts;
}

/** What a trigger that exists really did in the window; null where its decisions are not stored. */
export async function readActual(
  run: Sql,
  { triggerId, recordsKeptFrom }: Candidate,
  { after, before }: Window,
): Promise<BacktestResponse["actual"]> {
  if (triggerId === null || (recordsKeptFrom !== null && after < recordsKeptFrom)) return null;
  const { rows } = await sql<{ reason: string; fired: boolean; decisions: number; instants: number }>`
    select reason, outcome = 'fired' and reason <> 'manual' as fired, count(*) as decisions, sum(count)::bigint as instants from decisions
    where trigger_id = ${triggerId} and last_due > ${after} and first_due <= ${before}
    group by 1, 2 order by 1`.execute(run);
  return {
    firings: rows.reduce((sum, row) => sum + (row.fired ? row.decisions : 0), 0),
    by_reason: Object.fromEntries(
      rows.map(({ reason, decisions, instants }) => [reason, { decisions, instants }]),
    ),
  };
}
