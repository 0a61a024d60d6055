import { sql } from "kysely";

import type { Database, Tx } from "../db/database.ts";
import { rowsOf } from "../db/json.ts";

/**
 * Asks for the executions to be canceled that stand before a trigger's new one: what its cluster computes, whoever
 * asked for that, and what the trigger itself has waiting. The caller holds the clusters. Their workers end what
 * computes, and only then is the cluster's turn free; `endRequestedCancels` ends what waits.
 */
export async function requestCancels(
  db: Database,
  tx: Tx,
  of: readonly { readonly clusterId: string; readonly triggerId: string }[],
  { except, now }: { readonly except: readonly string[]; readonly now: Date },
): Promise<void> {
  if (of.length === 0) return;
  const rows = of.map(({ clusterId, triggerId }) => ({ cluster_id: clusterId, trigger_id: triggerId }));
  const { numAffectedRows } = await sql`
    update executions e set cancel_requested_at = ${now}, cancel_requested_by = 'trigger ' || asked.trigger_id
    from (select * from ${rowsOf(rows, "cluster_id text, trigger_id text")}) as asked
    where e.cluster_id = asked.cluster_id
      and (e.status = 'processing' or (e.status = 'pending' and e.trigger_id = asked.trigger_id))
      and e.cancel_requested_at is null and e.run_id <> all(${except}::text[])`.execute(tx);
  if (numAffectedRows !== 0n) db.wakeAfterCommit(tx, "cancels");
}
