import { eventDueAt } from "../decide-event.ts";
import { readTriggerState, type TriggerRow } from "../trigger-state.ts";
import type { StoredChange } from "./explain.ts";
import type { StoredDecision } from "./list-decisions.ts";

export interface Findings {
  readonly trigger: TriggerRow;
  readonly at: Date;
  readonly now: Date;
  /** The decision the answer is about; null if none lies around that time. */
  readonly subject: StoredDecision | null;
  readonly due: Date | null;
  /** Of an event trigger, when no decision covers that time: what its counter said then. */
  readonly counted: number | null;
  readonly changes: readonly StoredChange[];
  /** The last decision before that time. */
  readonly before: StoredDecision | null;
  readonly next: Date | null;
}

/** The findings as one paragraph for a person. */
export function tell(findings: Findings): string {
  const { trigger, at, now, subject, due } = findings;
  const sentences: string[] = [];
  if (at < trigger.created_at) {
    sentences.push(
      `The trigger did not exist at ${iso(at)}: it was created at ${iso(trigger.created_at)}, so nothing could fire.`,
    );
  } else if (subject) {
    sentences.push(...counterThen(findings), ...aboutDecision(subject));
  } else if (due) {
    sentences.push(...aboutUndecided(findings, due));
  } else {
    const past = at <= now;
    sentences.push(`Nothing ${past ? "was" : "is"} due within a minute of ${iso(at)}.`);
    if (past) sentences.push(...counterThen(findings));
    if (trigger.trigger_type === "event") sentences.push(counter(trigger));
    if (findings.before) {
      sentences.push(`The last decision before it: ${summary(findings.before)}`);
    } else if (past) sentences.push("No instant had been decided before it.");
  }
  sentences.push(stateNow(findings));
  return sentences.join(" ");
}

function aboutDecision(row: StoredDecision): string[] {
  const { evidence } = row;
  const when = span(row);
  const decided = `decided at ${iso(row.decided_at)}`;
  const late =
    typeof evidence.lateness_ms === "number" ? `${evidence.lateness_ms} ms after it was due` : decided;
  const execution = evidence.execution as { run_id?: string; status?: string } | undefined;
  const run = row.run_id === null ? "" : ` The execution is ${row.run_id}.`;
  switch (row.reason) {
    case "on_time":
      return [`It was due at ${when} and fired on time, ${late}.${run}`];
    case "late":
      return [`It was due at ${when} and fired late, ${late}: no scheduler decided it before.${run}`];
    case "catch_up":
      return [
        `It was due ${row.count} times ${when} while no scheduler was deciding; it fired once for all of them, at ${iso(row.decided_at)}.${run}`,
      ];
    case "manual":
      return [`It was run by hand at ${iso(row.last_due)} by ${text(evidence.requested_by)}.${run}`];
    case "threshold_reached":
      return [
        `It was due at ${when}, when ${text(evidence.count)} ${countedThing(evidence.event_type)} had reached the threshold of ${text(evidence.threshold)}, and fired, ${late}.${run}`,
      ];
    case "overlap":
      return [
        `It was due ${times(row)} and did not fire: the execution ${text(execution?.run_id)} of its cluster was ${text(execution?.status)} (overlap: skip).`,
      ];
    case "missed":
      return [
        `It was due ${times(row)} and did not fire: nobody decided it for longer than the catch-up window of ${text(evidence.catchup_window_seconds)} seconds (${decided}).`,
      ];
    case "paused":
      return [
        `It was due ${times(row)} and did not fire: the trigger was paused since ${text(evidence.since)} by ${text(evidence.by)}.`,
      ];
    case "trigger_failed":
      return [
        `It was due ${times(row)} and did not fire: the trigger had failed at ${text(evidence.since)}.`,
      ];
    case "disabled":
      return [
        `It was due ${times(row)} and did not fire: the trigger was disabled at ${text(evidence.since)}.`,
      ];
    case "cooldown":
      return [
        `It was due at ${when} and did not fire: it was cooling down for another ${text(evidence.seconds_left)} seconds, until ${text(evidence.until)}, when it was due again.`,
      ];
    case "outside_bounds":
      return [
        `It was over at ${iso(row.first_due)}: its end_at is ${text(evidence.end_at)}, and there are no due instants after it.`,
      ];
    case "max_executions":
      return [
        `It was over at ${iso(row.first_due)}: ${text(evidence.executions)} of at most ${text(evidence.max_executions)} executions were made, and there are no due instants after the last.`,
      ];
    case "check_failed":
      return [`It was due at ${when} and could not be decided: ${text(evidence.error)}.`];
    default:
      return [`It was due ${times(row)}; the decision was ${row.outcome} (${row.reason}).`];
  }
}

function aboutUndecided({ trigger, now }: Findings, due: Date): string[] {
  const since = `${iso(trigger.status_since)}${trigger.status_by === null ? "" : ` by ${trigger.status_by}`}`;
  if (trigger.status === "paused") {
    return [
      due <= now
        ? `It was due at ${iso(due)} and did not fire: the trigger is paused since ${since}.`
        : `It would be due at ${iso(due)}, but the trigger is paused since ${since}; it fires nothing until it is resumed.`,
    ];
  }
  if (trigger.status === "failed") {
    return [
      `${due <= now ? `It was due at ${iso(due)} and did not fire` : `It would be due at ${iso(due)}`}: the trigger failed at ${iso(trigger.status_since)} (${trigger.status_reason ?? "no reason recorded"}) and fires nothing until it is resumed.`,
    ];
  }
  return [
    due <= now
      ? `It is due since ${iso(due)} and not decided yet; a scheduler will decide it.`
      : `It will be due at ${iso(due)}.`,
  ];
}

/** Before its threshold an event trigger is not due, which is why it did not fire. */
function counterThen({ trigger, at, counted }: Findings): string[] {
  const { schedule } = readTriggerState(trigger);
  if (schedule.kind !== "event" || counted === null || counted >= schedule.threshold) return [];
  return [
    `It did not fire at ${iso(at)}: it had counted ${counted} of ${schedule.threshold} ${countedThing(schedule.eventType)} by then.`,
  ];
}

function counter(trigger: TriggerRow): string {
  const { schedule } = readTriggerState(trigger);
  if (schedule.kind !== "event") return "";
  const waits = eventDueAt(schedule, { nextDueAt: trigger.next_due_at }) === null;
  const counts = `Its counter is ${trigger.event_counter} of ${schedule.threshold} ${countedThing(schedule.eventType)} now.`;
  return trigger.event_counter >= schedule.threshold &&
    waits &&
    trigger.status === "active" &&
    !trigger.closed_at
    ? `${counts} It waits for the execution that is in its way.`
    : counts;
}

function stateNow({ trigger, next }: Findings): string {
  if (trigger.status === "disabled") {
    return `The trigger is disabled since ${iso(trigger.status_since)}, which is final.`;
  }
  if (trigger.status !== "active") return `The trigger is ${trigger.status} now, so nothing is scheduled.`;
  if (next) return `It is due next at ${iso(next)}.`;
  if (trigger.closed_at) return "It has had its last instant, so nothing is scheduled.";
  return "No instant is scheduled now.";
}

function summary(row: StoredDecision): string {
  return `due ${times(row)}, ${row.outcome} (${row.reason}).`;
}

function times(row: StoredDecision): string {
  return row.count > 1 ? `${row.count} times ${span(row)}` : `at ${span(row)}`;
}

function span({ first_due, last_due, count }: StoredDecision): string {
  return count > 1 ? `from ${iso(first_due)} to ${iso(last_due)}` : iso(last_due);
}

function countedThing(eventType: unknown): string {
  if (eventType === "batch_completed") return "finished ingest requests";
  return eventType === "documents_updated" ? "updated documents" : "added documents";
}

/** Evidence is JSON whose shape belongs to the reason. */
function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "unknown";
}

function iso(instant: Date): string {
  return instant.toISOString();
}
