/** One row that fits. */
const decision = (where: string) => `(select min(decision_id) from decisions where ${where})`;
const run = (where: string) => `(select min(run_id) from executions where ${where})`;
const copied =
  "gen_random_uuid(), trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id";

/**
 * What could be wrong in one row, the SQL that makes it so in the small world (`:name` is an id of its), and what
 * `balance` must say to it: at least one for each rule.
 */
export const DAMAGES: readonly (readonly [what: string, damage: string, says: RegExp])[] = [
  [
    "a decision of a cron trigger is missing",
    `delete from decisions where decision_id = ${decision("trigger_id = :cron and reason = 'overlap'")}`,
    /not decided/,
  ],
  [
    "a decision of an interval trigger is missing",
    `delete from decisions where decision_id = ${decision("trigger_id = :interval and reason = 'paused'")}`,
    /not decided/,
  ],
  [
    "the last decision is missing",
    `delete from decisions where decision_id = (
      select decision_id from decisions where trigger_id = :interval and outcome = 'skipped' order by last_due desc limit 1)`,
    /not decided/,
  ],
  [
    "an instant is decided twice",
    `insert into decisions select ${copied} from decisions where decision_id = ${decision("trigger_id = :cron and reason = 'overlap'")}`,
    /not decided exactly once/,
  ],
  [
    "an instant of an event trigger is decided twice",
    `insert into decisions select ${copied} from decisions where decision_id = ${decision("trigger_id = :event and reason = 'cooldown'")}`,
    /lies in two decisions/,
  ],
  [
    "a decision is made of an instant that was none",
    `insert into decisions select gen_random_uuid(), trigger_id, first_due + interval '1 second', last_due + interval '1 second',
      1, decided_at, 'skipped', 'overlap', '{}', null from decisions
      where decision_id = ${decision("trigger_id = :interval and outcome = 'fired' and count = 1")}`,
    /not decided exactly once/,
  ],
  [
    "an event trigger's decision lies behind its time",
    `update triggers set decided_through = created_at where trigger_id = :event`,
    /behind decided_through/,
  ],
  [
    "a span begins early",
    `update decisions set first_due = first_due - interval '1 second' where trigger_id = :interval and count > 1`,
    /not decided exactly once/,
  ],
  [
    "a span ends late",
    `update decisions set last_due = last_due + interval '1 second' where trigger_id = :interval and count > 1`,
    /miscounts/,
  ],
  [
    "a span counts one too many",
    `update decisions set count = count + 1 where trigger_id = :interval and reason = 'paused'`,
    /miscounts/,
  ],
  [
    "one instant spans a second",
    `update decisions set last_due = last_due + interval '1 second' where trigger_id = :event and reason = 'cooldown'`,
    /spans more/,
  ],
  [
    "a decision covers nothing",
    `update decisions set count = 0 where decision_id = ${decision("trigger_id = :cron and reason = 'overlap'")}`,
    /no mark/,
  ],
  [
    "a mark covers an instant",
    `update decisions set count = 1 where reason = 'manual' and trigger_id = :cron`,
    /is a mark/,
  ],
  [
    "more is said to be decided than is",
    `update triggers set decided_through = decided_through + interval '1 minute' where trigger_id = :cron`,
    /not decided/,
  ],
  [
    "an edit is not in the log",
    `delete from trigger_changes where trigger_id = :interval and change = 'edited'`,
    /leads to its settings/,
  ],
  ["a closing row is missing", `delete from decisions where reason = 'max_executions'`, /closing rows/],
  [
    "a decision belongs to no trigger",
    `insert into decisions select gen_random_uuid(), 'trig_none', first_due, last_due, count, decided_at, 'skipped', 'overlap',
      '{}', null from decisions where decision_id = ${decision("reason = 'on_time'")}`,
    /belongs to a trigger/,
  ],
  [
    "the execution of a decision is missing",
    `with gone as (delete from executions where run_id = ${run("trigger_id = :cron and status = 'completed'")} returning run_id)
      delete from run_clusters where run_id in (select run_id from gone)`,
    /fired but has no execution/,
  ],
  [
    "a skipped decision has an execution",
    `update decisions set run_id = ${run("trigger_id = :cron")}
      where decision_id = ${decision("trigger_id = :cron and reason = 'overlap'")}`,
    /did not fire/,
  ],
  [
    "an execution belongs to two decisions",
    `insert into decisions select ${copied} from decisions where trigger_id = :cron and reason = 'manual'`,
    /belongs to two decisions/,
  ],
  [
    "an execution has no decision",
    `update decisions set outcome = 'skipped', run_id = null
      where decision_id = ${decision("trigger_id = :cron and reason = 'manual'")}`,
    /has a decision/,
  ],
  [
    "a decision has another trigger's execution",
    `update executions set trigger_id = null, trigger_ordinal = null where run_id = ${run("trigger_id = :cron and due_at is null")}`,
    /of one trigger/,
  ],
  [
    "an execution is of another instant than its decision",
    `update executions set due_at = due_at + interval '1 millisecond' where run_id = ${run("trigger_id = :cron and due_at is not null")}`,
    /of one instant/,
  ],
  [
    "an ordinal is left out",
    `update executions set trigger_ordinal = trigger_ordinal + 1
      where run_id = (select last_run_id from triggers where trigger_id = :cron)`,
    /without a gap/,
  ],
  [
    "two executions have one instant of triggering",
    `update executions set triggered_at = (select min(triggered_at) from executions where trigger_id = :cron)
      where trigger_id = :cron`,
    /was triggered after/,
  ],
  [
    "an execution is not counted",
    `update triggers set execution_count = execution_count - 1 where trigger_id = :cron`,
    /execution_count/,
  ],
  [
    "a scheduled execution is not counted",
    `update triggers set scheduled_count = scheduled_count - 1 where trigger_id = :cron`,
    /scheduled_count/,
  ],
  [
    "the next ordinal is taken",
    `update triggers set next_ordinal = next_ordinal - 1 where trigger_id = :cron`,
    /next_ordinal/,
  ],
  [
    "another run than the last is called so",
    `update triggers set last_run_id = (select run_id from executions where trigger_id = :cron order by trigger_ordinal limit 1)
      where trigger_id = :cron`,
    /last_run_id/,
  ],
  [
    "the last firing is another",
    `update triggers set last_triggered_at = created_at where trigger_id = :cron`,
    /last_triggered_at/,
  ],
  [
    "an execution is unfinished",
    `update executions set status = 'pending', ended_at = null where run_id = ${run("trigger_id = :cron")}`,
    /is left pending/,
  ],
  [
    "an execution has a status but no end",
    `update executions set ended_at = null where run_id = ${run("trigger_id = :cron")}`,
    /not ended/,
  ],
  [
    "a cluster of a run is missing",
    `delete from run_clusters where number = 1 and run_id = ${run("trigger_id = :cron and status = 'completed'")}`,
    /are all there/,
  ],
  [
    "a failed run has clusters",
    `insert into run_clusters (run_id, number, num_members) values (${run("status = 'failed'")}, 0, 1)`,
    /left clusters/,
  ],
  [
    "an attempt is missing",
    `delete from attempts where outcome = 'lost' and run_id = (select min(run_id) from attempts where outcome = 'lost')`,
    /the attempts of/,
  ],
  [
    "an attempt has no end",
    `update attempts set ended_at = null, outcome = null where outcome = 'lost'`,
    /is not ended/,
  ],
  [
    "an attempt ended before it started",
    `update attempts set started_at = ended_at + interval '1 second' where outcome = 'failed'`,
    /before it started/,
  ],
  [
    "two attempts of a run completed",
    `update attempts set outcome = 'completed' where outcome = 'lost'`,
    /attempt 1 .* completed/,
  ],
  [
    "a failed run has a completed attempt",
    `update attempts set outcome = 'completed' where outcome = 'failed'`,
    /completed, and the run failed/,
  ],
  [
    "a run is given up too early",
    `update attempts set outcome = 'lost' where outcome = 'failed'`,
    /given up after 1/,
  ],
  [
    "a run completed without an attempt",
    `with gone as (delete from attempts where run_id = ${run("trigger_id = :limited")} returning run_id)
      update executions set attempt = 0 where run_id in (select run_id from gone)`,
    /without an attempt/,
  ],
  [
    "a run started at another instant than its first attempt",
    `update executions set started_at = triggered_at - interval '1 second' where run_id = ${run("trigger_id = :limited")}`,
    /started_at/,
  ],
  [
    "an attempt belongs to no execution",
    `do $$ begin
       alter table attempts drop constraint attempts_run_id_fkey;
       insert into attempts (run_id, attempt, worker, started_at) values ('run_none', 1, 'worker_1', clock_timestamp());
     end $$`,
    /belongs to an execution/,
  ],
  [
    "a cluster computed two at a time",
    `update attempts set ended_at = ended_at + interval '1 hour' where (run_id, attempt) = (
      select a.run_id, a.attempt from attempts a join executions e using (run_id)
      where e.trigger_id = :cron order by a.started_at limit 1)`,
    /two at a time/,
  ],
  [
    "a failure is not counted",
    `update triggers set consecutive_failures = 0 where trigger_id = :interval`,
    /consecutive_failures/,
  ],
  [
    "a failure is counted that was forgotten",
    `update triggers set consecutive_failures = 1 where trigger_id = :event`,
    /consecutive_failures/,
  ],
  [
    "a failed check is not counted",
    `update triggers set failed_checks = 1 where trigger_id = :condition`,
    /failed_checks/,
  ],
  [
    "a check that failed is counted twice",
    `update triggers set consecutive_failures = consecutive_failures + 1 where trigger_id = :condition`,
    /consecutive_failures/,
  ],
  [
    "a check is not decided",
    `delete from decisions where decision_id = ${decision("trigger_id = :condition and reason = 'insufficient_data'")}`,
    /not decided/,
  ],
  [
    "a check is decided twice",
    `insert into decisions select ${copied} from decisions where decision_id = ${decision("trigger_id = :condition and reason = 'insufficient_data'")}`,
    /not decided exactly once/,
  ],
  [
    "a check is left under its lease",
    `update triggers set check_owner = 'worker_1', checking_due_at = decided_through where trigger_id = :condition`,
    /still being checked/,
  ],
  [
    "a paused trigger is to be checked",
    `update triggers set check_at = decided_through where trigger_id = :condition`,
    /is to be checked/,
  ],
  [
    "a check of a trigger of another type is to be made",
    `update triggers set check_at = decided_through where trigger_id = :cron`,
    /is to be checked/,
  ],
  [
    "what a check found is lost",
    `delete from measurements where trigger_id = :condition and value = 0.1`,
    /that were recorded for/,
  ],
  [
    "a check was recorded for an instant that was missed",
    `update measurements set due_at = due_at - interval '10 seconds' where trigger_id = :condition and found->>'kind' = 'too_few'`,
    /has a decision/,
  ],
  [
    "a check was measured against another run",
    `update measurements set baseline_run_id = ${run("trigger_id = :cron")} where trigger_id = :condition and value = 0.1`,
    /was measured against/,
  ],
  [
    "a baseline is another run",
    `update triggers set baseline_run_id = ${run("trigger_id = :cron")} where trigger_id = :condition`,
    /the baseline of/,
  ],
  [
    "a baseline is gone",
    `update triggers set baseline_run_id = null, baseline_at = null where trigger_id = :condition`,
    /the baseline of/,
  ],
  [
    "a check that found too little has fired",
    `update measurements set found = jsonb_set(found, '{value}', '0.1') where trigger_id = :condition
      and due_at = (select min(last_due) from decisions where reason = 'condition_met')`,
    /its decision is condition_met/,
  ],
  [
    "a check that found enough has not fired",
    `update measurements set found = jsonb_set(found, '{met}', 'false') where trigger_id = :condition
      and due_at = (select min(last_due) from decisions where reason = 'condition_met')`,
    /its decision is condition_met/,
  ],
  [
    "a trigger has forgotten that it fired",
    `update triggers set fired_uncleared = not fired_uncleared where trigger_id = :condition`,
    /fired_uncleared/,
  ],
  [
    "breaches are miscounted",
    `update triggers set breaches = breaches + 1 where trigger_id = :condition`,
    /breaches/,
  ],
  [
    "the last check is another",
    `update triggers set last_check_at = created_at where trigger_id = :condition`,
    /last_check_at/,
  ],
  [
    "a run of an event trigger begins too late",
    `update executions set consumed = jsonb_set(consumed, '{positions,0,from_seq}', '1')
      where trigger_id = :event and status = 'completed' and consumed is not null`,
    /consumed \(1/,
  ],
  [
    "a run that failed gave nothing back",
    `update executions set consumed = jsonb_set(consumed, '{positions,0,from_seq}', '1')
      where trigger_id = :event and trigger_ordinal = 1`,
    /consumed \(1/,
  ],
  [
    "a run took other totals along",
    `update executions set consumed = jsonb_set(consumed, '{positions,0,from_totals,added}', '1')
      where trigger_id = :event and trigger_ordinal = 1`,
    /totals where/,
  ],
  [
    "a run says that it consumed nothing",
    `update executions set consumed = null where trigger_id = :event and trigger_ordinal = 0`,
    /consumed events/,
  ],
  [
    "a run by hand consumed something",
    `update executions set consumed = '{"positions":[]}' where trigger_id = :event and due_at is null`,
    /consumes nothing/,
  ],
  [
    "a run of a cron trigger consumed something",
    `update executions set consumed = '{"positions":[]}' where trigger_id = :cron and trigger_ordinal = 0`,
    /consumes nothing/,
  ],
  [
    "a decision counts other events than its run consumed",
    `update decisions set evidence = evidence || '{"count":5}' where reason = 'threshold_reached'`,
    /what its decision says/,
  ],
  [
    "a position is behind",
    `update trigger_positions set seq = 0 where trigger_id = :event`,
    /the position of/,
  ],
  [
    "a counter is wrong",
    `update triggers set event_counter = event_counter + 1 where trigger_id = :event`,
    /event_counter/,
  ],
  ["a document is missing", `delete from documents where document_id = 'd0'`, /add up to its documents/],
  [
    "a collection counts wrongly",
    `update collections set document_count = document_count + 1`,
    /document_count/,
  ],
  ["a size is wrong", `update collections set size_bytes = size_bytes + 1`, /size_bytes/],
  ["a total is wrong", `update collections set total_batches = total_batches + 1`, /the totals of/],
  [
    "an event's running total is wrong",
    `update document_events set total_updated = 1 where seq = 1`,
    /running totals/,
  ],
  [
    "an event is numbered with a gap",
    `with moved as (update document_events set seq = seq + 1 where seq = (select max(seq) from document_events) returning 1)
      update triggers set description = 'x' where exists (select 1 from moved)`,
    /no gap/,
  ],
  [
    "a block counts wrongly",
    `update history_blocks set completed = completed + 1 where trigger_id = :cron and level = 1`,
    /blocks/,
  ],
  ["a block is missing", `delete from history_blocks where trigger_id = :cron and level = 0`, /blocks/],
];
