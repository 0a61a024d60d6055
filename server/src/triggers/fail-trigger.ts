import type { Tx } from "../db/database.ts";
import { addMs } from "../platform/clock.ts";
import { counted } from "../platform/counted.ts";
import type { EndedExecution } from "../runs/hooks.ts";
import { checkAt, decideAt } from "./decide-at.ts";
import type { TriggersDeps } from "./deps.ts";
import { saveStatus, type StatusChange } from "./save-status.ts";
import { settle } from "./settle.ts";
import { activate } from "./state-change.ts";
import { readTriggerState, type TriggerRow, type TriggerState } from "./trigger-state.ts";

/** Who changes a trigger's state when nobody asked. */
const ACTOR = "recluster";

interface RunEnd {
  readonly now: Date;
  readonly ended: EndedExecution;
}

/** What failed last: an execution, or a check of a conditional trigger. */
export interface LastFailure {
  readonly now: Date;
  readonly runId: string | null;
  readonly error: string | null;
}

/** Too many executions or checks failed in a row: it fires nothing until it is resumed, or its trial run completes. Loud. */
export async function failTrigger(
  deps: TriggersDeps,
  tx: Tx,
  own: TriggerRow,
  { now, runId, error }: LastFailure,
): Promise<void> {
  const row = await settled(deps, tx, own, now);
  const trialAt = isOnProbation(row) ? addMs(now, deps.limits.probationSeconds * 1000) : undefined;
  const trial = trialAt ? ` It makes one trial run at its first due instant from ${trialAt.toISOString()} on.` : "";
  deps.logger.error(
    { trigger: row.trigger_id, cluster: row.cluster_id, run: runId, failures: row.consecutive_failures, trialAt },
    "a trigger failed: it fires nothing until it is resumed",
  );
  await saveFailed(tx, row, {
    change: "failed",
    at: now,
    reason: `${whatFailed(row)} failed in a row; the last one: ${sentenceOf(error)}${trial}`,
    ...(trialAt ? { trialAt } : {}),
  });
} // prettier-ignore

function whatFailed({ consecutive_failures: all, failed_checks: checks }: TriggerRow): string {
  const runs = all - checks;
  if (checks === 0) return `${all} executions`;
  return runs === 0 ? `${all} checks` : `${counted(runs, "execution")} and ${counted(checks, "check")}`;
}

/** The trial run decides: completed, the trigger is active again; failed, it stays failed; canceled, it tries again. */
export async function endTrial(
  deps: TriggersDeps,
  tx: Tx,
  own: TriggerRow,
  { now, ended }: RunEnd,
): Promise<void> {
  const row = await settled(deps, tx, own, now);
  if (ended.status === "completed") {
    return activate(deps, tx, row, {
      at: now,
      actor: ACTOR,
      reason: `Its trial run ${ended.runId} completed.`,
    });
  }
  if (ended.status === "canceled" && !isOnProbation(row)) {
    const reason = `Its trial run ${ended.runId} was canceled. It fires nothing until it is resumed.`;
    return saveFailed(tx, row, { change: "trial_canceled", at: now, reason });
  }
  if (ended.status === "canceled") {
    const trialAt = addMs(now, deps.limits.probationSeconds * 1000);
    const reason = `Its trial run ${ended.runId} was canceled; it makes another at its first due instant from ${trialAt.toISOString()} on.`;
    return saveFailed(tx, row, { change: "trial_canceled", at: now, reason, trialAt });
  }
  deps.logger.error(
    { trigger: row.trigger_id, cluster: row.cluster_id, run: ended.runId },
    "a trigger's trial run failed: it fires nothing until it is resumed",
  );
  const reason = `Its trial run ${ended.runId} failed, too: ${sentenceOf(ended.error)} It fires nothing until it is resumed.`;
  await saveFailed(tx, row, { change: "trial_failed", at: now, reason });
}

/** What was due before the run ended is decided in the state it was due in. */
async function settled(deps: TriggersDeps, tx: Tx, row: TriggerRow, now: Date): Promise<TriggerRow> {
  await settle(deps, tx, [row], now, { hurry: true });
  return tx
    .selectFrom("triggers")
    .selectAll()
    .where("trigger_id", "=", row.trigger_id)
    .executeTakeFirstOrThrow();
}

async function saveFailed(
  tx: Tx,
  row: TriggerRow,
  change: Pick<StatusChange, "change" | "at" | "reason" | "trialAt">,
): Promise<void> {
  const before = readTriggerState(row);
  const { trialAt } = change;
  const state: TriggerState = {
    ...before,
    status: "failed",
    progress: { ...before.progress, trial: trialAt ? { at: trialAt, runId: null } : null },
  };
  const { nextDueAt } = before.progress;
  await saveStatus(tx, row, {
    ...change,
    to: "failed",
    actor: ACTOR,
    nextDueAt,
    decideAt: decideAt(state),
    checkAt: checkAt(state),
  });
}

function isOnProbation(row: TriggerRow): boolean {
  return (row.schedule_config as { probation?: boolean }).probation === true;
}

/** As a sentence: messages of runs end with a period or without. */
function sentenceOf(error: string | null): string {
  return `${(error ?? "no message").replace(/\.$/, "")}.`;
}
