import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import type { TriggersDeps } from "./deps.ts";
import type { TriggerRow } from "./trigger-state.ts";

export interface Quota {
  readonly limit: number;
  readonly active: number;
}

/**
 * Which of these triggers may not fire because their namespace has more active ones than the server allows: the
 * newest beyond the limit. It happens when a server is started with a lower limit than it had.
 */
export async function overQuota(
  { limits }: Pick<TriggersDeps, "limits">,
  tx: Tx,
  triggers: readonly { readonly row: TriggerRow }[],
): Promise<Map<string, Quota>> {
  const limit = limits.maxActiveTriggers;
  if (limit === null || triggers.length === 0) return new Map();
  const namespaces = [...new Set(triggers.map(({ row }) => row.namespace_id))];
  const { rows } = await sql<{ trigger_id: string; active: number }>`
    select trigger_id, active from (
      select trigger_id, row_number() over (partition by namespace_id order by created_at, trigger_id) as place,
        count(*) over (partition by namespace_id) as active
      from triggers where namespace_id = any(${namespaces}::text[]) and status = 'active'
    ) as placed
    where place > ${limit}`.execute(tx);
  return new Map(rows.map((row) => [row.trigger_id, { limit, active: row.active }]));
}
