import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";
import type { CheckAt } from "./about-decision.ts";

/** What the check of a due instant found, as it was decided then; null for other instants, and where it is not stored. */
export async function checkAt(run: Sql, triggerId: string, due: Date): Promise<CheckAt | null> {
  const { rows } = await sql<{ evidence: Record<string, unknown> }>`
    select evidence from measurements where trigger_id = ${triggerId} and due_at = ${due}`.execute(run);
  return rows[0] ? { dueAt: due, evidence: rows[0].evidence } : null;
}
