import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import { AppError } from "../platform/app-error.ts";
import type { TriggersDeps } from "./deps.ts";

/**
 * Throws `quota_exceeded` if the namespace has as many active triggers as the server's limits allow, `besides` not
 * counted. Holds the namespace's row then, so that two requests cannot both take the last place; call it before other
 * rows are locked.
 */
export async function checkQuota(
  { limits }: TriggersDeps,
  tx: Tx,
  namespaceId: string,
  besides: string | null,
): Promise<void> {
  const most = limits.maxActiveTriggers;
  if (most === null) return;
  await sql`select 1 from namespaces where namespace_id = ${namespaceId} for no key update`.execute(tx);
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from triggers
    where namespace_id = ${namespaceId} and status = 'active' and trigger_id is distinct from ${besides}`.execute(
    tx,
  );
  if (rows[0]!.count < most) return;
  throw new AppError(
    "quota_exceeded",
    `This namespace has ${most} active triggers, which is the limit of this server. Pause or delete one first.`,
    { details: { limit: most } },
  );
}
