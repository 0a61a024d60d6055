import type { Tx } from "../db/database.ts";
import { newId } from "../platform/ids.ts";
import { requestCancels } from "../runs/request-cancels.ts";
import { enqueue, type NewExecution } from "../runs/enqueue.ts";
import { jobIdOf } from "../runs/job-id.ts";
import type { RunInTheWay } from "./cluster-queue.ts";
import { decide, openSkipOf, type DecisionDraft } from "./decide.ts";
import type { FinishedCheck } from "./conditions/finished-check.ts";
import { checkAt, decideAt } from "./decide-at.ts";
import type { TriggersDeps } from "./deps.ts";
import { withEvents } from "./event-evidence.ts";
import { lockClusters } from "./lock-clusters.ts";
import { overQuota } from "./over-quota.ts";
import { consume, countBehind, moveToHeads, readWatchedLogs, type WatchedLog } from "./positions.ts";
import {
  extendDecisions,
  insertDecisions,
  saveProgress,
  type DecisionRow,
  type SavedProgress,
} from "./settle-store.ts";
import { readTriggerState, type Progress, type TriggerRow, type TriggerState } from "./trigger-state.ts";

export interface Settled {
  readonly decisions: number;
  readonly fired: number;
  /** In the order of the rows. */
  readonly drafts: readonly DecisionDraft[];
  /** Triggers whose configuration could not be read; they are left as they are. */
  readonly unreadable: readonly { readonly row: TriggerRow; readonly error: unknown }[];
  /** How many rows were left for another transaction, because this one has enough to write. */
  readonly left: number;
}

/** One trigger that catches up may fire a thousand times; a transaction takes up no more triggers after so many. */
const MOST_FIRINGS = 2_000;

interface Firing {
  readonly row: TriggerRow;
  readonly state: TriggerState;
  readonly draft: DecisionDraft;
  /** Among the executions this settling makes for its trigger, from 0. */
  readonly index: number;
  readonly inTheWay: { -readonly [Key in keyof RunInTheWay]: RunInTheWay[Key] };
  readonly logs: readonly WatchedLog[];
}

interface Decided {
  readonly row: TriggerRow;
  readonly decisionId: string;
  readonly draft: DecisionDraft;
  readonly firing: Firing | null;
}

interface SettledTrigger {
  readonly row: TriggerRow;
  readonly state: TriggerState;
  readonly progress: Progress;
  readonly decided: readonly Decided[];
  readonly firings: readonly Firing[];
}

/**
 * Decides everything that is due up to `now` for triggers whose rows the caller holds, and writes it: decisions,
 * executions, counters and next due instants, in one statement each, in the caller's transaction. The scheduler's
 * batches come through here, and so does every edit, which first settles what was due under the old settings: `hurry`
 * then decides at once what waits for its jitter. So does a check that was made of a conditional trigger (`check`, of
 * the only row).
 */
export async function settle(
  deps: Pick<TriggersDeps, "db" | "limits">,
  tx: Tx,
  rows: readonly TriggerRow[],
  now: Date,
  { hurry = false, check = null }: { hurry?: boolean; check?: FinishedCheck | null } = {},
): Promise<Settled> {
  const { db } = deps;
  const { readable, unreadable } = read(rows);
  const logs = await readWatchedLogs(
    tx,
    readable.filter(({ row }) => row.trigger_type === "event").map(({ row }) => row.trigger_id),
  );
  const mayFire = readable.filter(
    ({ row }) => check !== null || isDue(row, now) || (hurry && row.decide_at !== null),
  );
  const clusters = await lockClusters(
    tx,
    mayFire.map(({ row }) => row.cluster_id),
  );
  const quotas = await overQuota(deps, tx, mayFire);

  const firings: Firing[] = [];
  const settled: SettledTrigger[] = [];
  for (const { row, state } of readable) {
    if (firings.length >= MOST_FIRINGS) break;
    const watched = logs.get(row.trigger_id) ?? [];
    const cluster = clusters.get(row.cluster_id) ?? { running: null, waiting: null };
    const current = withTrueCounter(state, watched);
    const verdict = decide(current, now, {
      queue: cluster,
      quota: quotas.get(row.trigger_id) ?? null,
      hurry,
      check,
    });
    const own: Firing[] = [];
    const decided: Decided[] = [];
    for (const draft of verdict.decisions) {
      const inTheWay = runOf(draft);
      const firing = inTheWay && { row, state, draft, index: own.length, inTheWay, logs: watched };
      decided.push({
        row,
        decisionId: draft.extends ?? newId("dec"),
        draft: withEvents(draft, watched),
        firing,
      });
      if (!firing) continue;
      own.push(firing);
      // The next trigger of this cluster finds it busy with an execution whose id is not known before it is made.
      cluster.waiting ??= firing.inTheWay;
    }
    firings.push(...own);
    settled.push({ row, state, progress: verdict.progress, decided, firings: own });
  }

  const runIds = await enqueue(db, tx, firings.map(toExecution));
  firings.forEach((firing, index) => (firing.inTheWay.run_id = runIds[index]!));
  const canceling = firings.filter(({ draft }) => draft.fires!.cancels);
  await requestCancels(
    db,
    tx,
    canceling.map(({ row }) => ({ clusterId: row.cluster_id, triggerId: row.trigger_id })),
    { except: runIds, now },
  );
  const decided = settled.flatMap((entry) => entry.decided);
  const isNew = ({ draft }: Decided) => draft.extends === null;
  const toRow = (entry: Decided) => decisionRow(entry, now);
  await insertDecisions(tx, decided.filter(isNew).map(toRow));
  await extendDecisions(tx, decided.filter((entry) => !isNew(entry)).map(toRow));
  await saveProgress(tx, settled.map(progressRow));
  await moveToHeads(
    tx,
    firings.flatMap((firing) => firing.logs),
  );
  return {
    decisions: decided.length,
    fired: firings.length,
    drafts: decided.map(({ draft }) => draft),
    unreadable,
    left: readable.length - settled.length,
  };
}

function isDue(row: TriggerRow, now: Date): boolean {
  return row.decide_at !== null && row.decide_at <= now;
}

function read(rows: readonly TriggerRow[]) {
  const readable: { row: TriggerRow; state: TriggerState }[] = [];
  const unreadable: { row: TriggerRow; error: unknown }[] = [];
  for (const row of rows) {
    try {
      readable.push({ row, state: readTriggerState(row) });
    } catch (error) {
      unreadable.push({ row, error });
    }
  }
  return { readable, unreadable };
}

/** The log is the truth about an event trigger's counter. */
function withTrueCounter(state: TriggerState, logs: readonly WatchedLog[]): TriggerState {
  if (state.schedule.kind !== "event") return state;
  const eventCounter = countBehind(state.schedule.eventType, logs);
  return { ...state, progress: { ...state.progress, eventCounter } };
}

function runOf({ fires }: DecisionDraft): Firing["inTheWay"] | null {
  return fires && { run_id: "", status: "pending", triggered_at: fires.triggeredAt.toISOString() };
}

function toExecution({ row, draft, index, logs }: Firing): NewExecution {
  return {
    clusterId: row.cluster_id,
    namespaceId: row.namespace_id,
    organizationId: row.organization_id,
    trigger: { triggerId: row.trigger_id, ordinal: row.next_ordinal + index },
    dueAt: draft.fires!.dueAt,
    triggeredAt: draft.fires!.triggeredAt,
    consumed: row.trigger_type === "event" ? consume(logs) : null,
    requestedBy: null,
  };
}

function progressRow({ row, state, progress, decided, firings }: SettledTrigger): SavedProgress {
  const last = decided.findLast((entry) => entry.draft.count > 0);
  const openSkip = last ? openSkipOf(last.draft, last.decisionId) : progress.openSkip;
  return {
    row,
    progress: { ...progress, openSkip },
    decideAt: decideAt({ ...state, progress }),
    checkAt: checkAt({ ...state, progress }),
    runIds: firings.map((firing) => firing.inTheWay.run_id),
    trialRunId: firings.find((firing) => firing.draft.fires!.isTrial)?.inTheWay.run_id ?? null,
  };
}

const EXECUTIONS = ["execution", "waits_for", "cancels"] as const;

function decisionRow({ row, decisionId, draft, firing }: Decided, now: Date): DecisionRow {
  // Clients know an execution as a job, too.
  const named = EXECUTIONS.flatMap((key) => {
    const execution = draft.evidence[key] as RunInTheWay | undefined;
    return execution ? [[key, { ...execution, job_id: jobIdOf(execution.run_id) }]] : [];
  });
  return {
    decision_id: decisionId,
    trigger_id: row.trigger_id,
    first_due: draft.firstDue,
    last_due: draft.lastDue,
    count: draft.count,
    decided_at: now,
    outcome: draft.outcome,
    reason: draft.reason,
    evidence: { ...draft.evidence, ...(Object.fromEntries(named) as object) },
    run_id: firing?.inTheWay.run_id ?? null,
  };
}
