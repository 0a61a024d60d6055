import type { Database, Tx } from "../db/database.ts";
import { jobIdOf } from "../runs/job-id.ts";
import { enqueue, type NewExecution } from "../runs/enqueue.ts";
import { decide, type DecisionDraft, type RunInTheWay } from "./decide.ts";
import { lockClusters } from "./lock-clusters.ts";
import { consume, countBehind, moveToHeads, readWatchedLogs, type WatchedLog } from "./positions.ts";
import { insertDecisions, saveProgress, type DecisionRow } from "./settle-store.ts";
import { readTriggerState, type Progress, type TriggerRow, type TriggerState } from "./trigger-state.ts";

export interface Settled {
  readonly decisions: number;
  readonly fired: number;
  /** Triggers whose configuration could not be read; they are left as they are. */
  readonly unreadable: readonly { readonly row: TriggerRow; readonly error: unknown }[];
}

interface Firing {
  readonly row: TriggerRow;
  readonly draft: DecisionDraft;
  readonly inTheWay: { run_id: string; status: string; triggered_at: string };
  readonly logs: readonly WatchedLog[];
}

/**
 * Decides everything that is due up to `now` for triggers whose rows the caller holds, and writes it: decisions,
 * executions, counters and next due instants, in one statement each, in the caller's transaction. The scheduler's
 * batches come through here, and so does every edit, which first settles what was due under the old settings.
 */
export async function settle(db: Database, tx: Tx, rows: readonly TriggerRow[], now: Date): Promise<Settled> {
  const { readable, unreadable } = read(rows);
  const logs = await readWatchedLogs(
    tx,
    readable.filter(({ row }) => row.trigger_type === "event").map(({ row }) => row.trigger_id),
  );
  const clusters = await lockClusters(
    tx,
    readable
      .filter(({ row }) => row.status === "active" && row.next_due_at !== null && row.next_due_at <= now)
      .map(({ row }) => row.cluster_id),
  );
  const firings: Firing[] = [];
  const decided: { row: TriggerRow; draft: DecisionDraft; firing: Firing | null }[] = [];
  const progress: { row: TriggerRow; progress: Progress }[] = [];
  for (const { row, state } of readable) {
    const watched = logs.get(row.trigger_id) ?? [];
    const cluster = clusters.get(row.cluster_id);
    const verdict = decide(withTrueCounter(state, watched), now, cluster?.busy ?? null);
    for (const draft of verdict.decisions) {
      const firing = draft.fires
        ? { row, draft, logs: watched, inTheWay: runOf(draft.fires.triggeredAt) }
        : null;
      decided.push({ row, draft: withEvents(draft, watched), firing });
      if (!firing) continue;
      firings.push(firing);
      // The next trigger of this cluster finds it busy with an execution whose id is not known before it is made.
      cluster!.busy = firing.inTheWay;
    }
    progress.push({ row, progress: verdict.progress });
  }
  const runIds = await enqueue(db, tx, firings.map(toExecution));
  const runs = new Map(firings.map((firing, index) => [firing, runIds[index]!]));
  for (const [firing, runId] of runs) firing.inTheWay.run_id = runId;
  await insertDecisions(
    tx,
    decided.map(({ row, draft, firing }) => toRow(row, draft, now, firing ? runs.get(firing)! : null)),
  );
  const runOfTrigger = new Map([...runs].map(([firing, runId]) => [firing.row.trigger_id, runId]));
  await saveProgress(
    tx,
    progress.map((entry) => ({ ...entry, runId: runOfTrigger.get(entry.row.trigger_id) ?? null })),
  );
  await moveToHeads(
    tx,
    firings.flatMap((firing) => firing.logs),
  );
  return { decisions: decided.length, fired: firings.length, unreadable };
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

function withEvents(draft: DecisionDraft, logs: readonly WatchedLog[]): DecisionDraft {
  if (draft.reason !== "threshold_reached") return draft;
  const some = logs.filter((log) => log.firstAt !== null && log.lastAt !== null);
  const first = some.toSorted((a, b) => a.firstAt!.getTime() - b.firstAt!.getTime())[0];
  const last = some.toSorted((a, b) => b.lastAt!.getTime() - a.lastAt!.getTime())[0];
  const event = (log: WatchedLog | undefined, seq: number | undefined, at: Date | null | undefined) =>
    log ? { collection_id: log.collectionId, seq, at: at?.toISOString() } : null;
  return {
    ...draft,
    evidence: {
      ...draft.evidence,
      first_event: event(first, first && first.position.seq + 1, first?.firstAt),
      last_event: event(last, last?.head.seq, last?.lastAt),
    },
  };
}

function runOf(triggeredAt: Date): { -readonly [Key in keyof RunInTheWay]: RunInTheWay[Key] } {
  return { run_id: "", status: "pending", triggered_at: triggeredAt.toISOString() };
}

function toExecution({ row, draft, logs }: Firing): NewExecution {
  return {
    clusterId: row.cluster_id,
    namespaceId: row.namespace_id,
    organizationId: row.organization_id,
    trigger: { triggerId: row.trigger_id, ordinal: row.next_ordinal },
    dueAt: draft.fires!.dueAt,
    triggeredAt: draft.fires!.triggeredAt,
    consumed: row.trigger_type === "event" ? consume(logs) : null,
    requestedBy: null,
  };
}

function toRow(row: TriggerRow, draft: DecisionDraft, now: Date, runId: string | null): DecisionRow {
  const execution = draft.evidence.execution as RunInTheWay | undefined;
  return {
    trigger_id: row.trigger_id,
    first_due: draft.firstDue,
    last_due: draft.lastDue,
    count: draft.count,
    decided_at: now,
    outcome: draft.outcome,
    reason: draft.reason,
    // Clients know an execution as a job, too.
    evidence: execution
      ? { ...draft.evidence, execution: { ...execution, job_id: jobIdOf(execution.run_id) } }
      : draft.evidence,
    run_id: runId,
  };
}
