/**
 * Conditional triggers: checks that are leased as executions are, what they measured, and what they measure against.
 */
export const sql = /* sql */ `
-- check_at: when a checker must look at it; null while none must. While a check is being made it is the end of the
-- check's lease, so a check whose server was killed is taken up then. check_owner and check_number are the fencing
-- token: whoever records a check names both, and every change of the trigger takes the check away. checking_due_at: the
-- due instant that the check answers.
-- breaches: checks in a row that found the condition met. fired_uncleared: it has fired and was not below its clear
-- threshold since. failed_checks: how many of consecutive_failures are checks.
-- baseline_run_id: the completed run whose snapshot is measured against; baseline_at: since when.
-- last_measurement: what the last check that measured something found, as answers show it.
alter table triggers
  add column check_at timestamptz(3),
  add column check_owner text,
  add column check_number bigint not null default 0,
  add column checking_due_at timestamptz(3),
  add column breaches integer not null default 0,
  add column fired_uncleared boolean not null default false,
  add column failed_checks integer not null default 0,
  add column baseline_run_id text,
  add column baseline_at timestamptz(3),
  add column last_check_at timestamptz(3),
  add column last_measurement jsonb;
-- The checkers' queue.
create index triggers_to_check on triggers (check_at, trigger_id) where check_at is not null;

-- One row a check that was recorded, for the curve, explanations and backtests: what it found (found->kind says what that
-- is), and the evidence of its decision, which a row of many checks tells of its last only.
create table measurements (
  trigger_id text not null references triggers on delete cascade,
  due_at timestamptz(3) not null,
  cluster_id text not null,
  measured_at timestamptz(3) not null,
  metric text not null,
  value double precision,
  p_value double precision,
  baseline_run_id text,
  found jsonb not null,
  evidence jsonb not null,
  primary key (trigger_id, due_at)
);
create index measurements_of_cluster on measurements (cluster_id, metric, due_at);
create index measurements_by_age on measurements using brin (due_at);

-- Documents that lack a vector, few or none: what a run would read is then counted without reading the others.
create index documents_without_vector on documents (collection_id)
  where array_position(vector_ids, null) is not null;
`;
