import { readClock } from "../db/database-clock.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../platform/app-error.ts";
import type { TriggersDeps } from "./deps.ts";
import { settle } from "./settle.ts";
import { lockTrigger } from "./store.ts";
import type { TriggerRow } from "./trigger-state.ts";

/** Where a request works. */
export interface TriggerScope {
  readonly namespaceId: string;
  readonly actor: string;
}

/** Takes one trigger of the namespace for a change; throws `not_found`, or `trigger_disabled` for a final one. */
export async function lockForChange(
  tx: Tx,
  { namespaceId }: TriggerScope,
  triggerId: string,
): Promise<TriggerRow> {
  const row = await lockTrigger(tx, namespaceId, triggerId);
  if (row.status === "disabled") {
    throw new AppError(
      "trigger_disabled",
      `Trigger '${triggerId}' is disabled, which is final: it can be read, not changed or run. Create another one.`,
      { details: { trigger_id: triggerId } },
    );
  }
  return row;
}

/**
 * Settles what was due under the settings the row has, before they change. Returns the row as it is then, and the
 * instant of the change: nothing due up to it is left undecided, not
 * even what waits for its jitter.
 */
export async function settleBeforeChange(
  deps: TriggersDeps,
  tx: Tx,
  row: TriggerRow,
): Promise<{ row: TriggerRow; now: Date }> {
  const now = await readClock(tx, deps.clock);
  const { unreadable } = await settle(deps, tx, [row], now, { hurry: true });
  if (unreadable.length > 0) return { row, now };
  const settled = await tx
    .selectFrom("triggers")
    .selectAll()
    .where("trigger_id", "=", row.trigger_id)
    .executeTakeFirstOrThrow();
  return { row: settled, now };
}
