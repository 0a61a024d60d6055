/**
 * What the rest of the rules of time needs. The due instant and the instant at which the scheduler decides it are two
 * things: jitter delays the decision, and a paused trigger keeps its due instant while nobody decides.
 */
export const sql = /* sql */ `
-- decide_at: when the scheduler must look at it; null while it must not (paused, failed, over, waiting for documents).
-- trial_at: from when a failed trigger on probation may make its one trial run; trial_run_id: that run.
-- open_skip: the last decision, if the next skip for the same reason only makes its span longer.
-- records_kept_from: decisions and state changes before it were removed by retention.
alter table triggers
  add column decide_at timestamptz(3),
  add column trial_at timestamptz(3),
  add column trial_run_id text,
  add column open_skip jsonb,
  add column records_kept_from timestamptz(3);
update triggers set decide_at = next_due_at where status = 'active';
drop index triggers_due;
-- The scheduler's queue: what it must decide, oldest first, without touching triggers that sleep.
create index triggers_due on triggers (decide_at, trigger_id) where decide_at is not null;

-- Whether a cluster is busy is asked for at every due instant, however many executions it has had.
create index executions_pending_of_cluster on executions (cluster_id, triggered_at, run_id) where status = 'pending';
-- Executions to be canceled that no worker holds are ended by whoever sees them first.
create index executions_to_cancel on executions (run_id)
  where cancel_requested_at is not null and status in ('pending', 'processing');

-- Retention looks for what is older than an instant.
create index decisions_by_age on decisions using brin (last_due);
create index trigger_changes_by_age on trigger_changes (at);
`;
