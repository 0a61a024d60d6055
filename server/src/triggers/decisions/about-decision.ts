import { aboutBelow, aboutMet, aboutNoBaseline, aboutTooFew, type CheckEvidence } from "./about-check.ts";
import type { StoredDecision } from "./list-decisions.ts";
import { countedThing, duration, iso, span, text, times } from "./sentence.ts";

/** An execution as evidence names it. */
interface NamedRun {
  readonly run_id?: string;
  readonly status?: string;
}

/** A check among those that a decision covers. */
export interface CheckAt {
  readonly dueAt: Date;
  readonly evidence: CheckEvidence;
}

/** What one decision was and why, in sentences; `check` is the one of its checks that is asked about. */
export function aboutDecision(row: StoredDecision, check: CheckAt | null = null): string {
  if (row.outcome === "fired") return `${aboutFiring(row)}${aboutQueue(row)}${aboutRun(row)}`;
  return row.reason === "below_threshold" ? aboutChecks(row, check) : aboutSkip(row);
}

/** A stretch of checks that did not fire, and the one that is asked about if it is still on record. */
function aboutChecks(row: StoredDecision, check: CheckAt | null): string {
  if (row.count === 1) return `It was due ${span(row)} and did not fire: ${aboutBelow(row.evidence)}.`;
  const all = `It was due ${times(row)} and did not fire`;
  const { highest, metric } = row.evidence;
  const most = typeof highest === "number" ? `; ${text(metric)} was at most ${highest} in that time` : "";
  return check
    ? `It did not fire at ${iso(check.dueAt)}: ${aboutBelow(check.evidence)}. ${all}${most}.`
    : `${all}: at the last of them, ${aboutBelow(row.evidence)}${most}.`;
}

function aboutFiring(row: StoredDecision): string {
  const { evidence } = row;
  const due = `It was due ${span(row)}`;
  switch (row.reason) {
    case "on_time":
      return `${due} and fired on time, ${lateness(row)}.`;
    case "late":
      return `${due} and fired late, ${lateness(row)}: no scheduler decided it before.`;
    case "catch_up":
      if (evidence.policy === "all") {
        return `${due}, one of ${text(evidence.of)} instants that no scheduler decided in time, and fired at ${iso(row.decided_at)}, as each of them does (missed: all).`;
      }
      return evidence.hurried === true
        ? `It was due ${times(row)} and waited for its jitter when the trigger was changed; it fired once for all of them, at ${iso(row.decided_at)}.`
        : `It was due ${times(row)} while no scheduler was deciding; it fired once for all of them, at ${iso(row.decided_at)}.`;
    case "manual":
      return `It was run by hand at ${iso(row.last_due)} by ${text(evidence.requested_by)}.`;
    case "threshold_reached":
      return `${due}, when ${text(evidence.count)} ${countedThing(evidence.event_type)} had reached the threshold of ${text(evidence.threshold)}, and fired, ${lateness(row)}.`;
    case "condition_met":
      return `${due} and fired, ${lateness(row)}: ${aboutMet(row)}.`;
    case "no_baseline":
      return `${due} and fired, ${lateness(row)}: ${aboutNoBaseline(row)}.`;
    default:
      return `${due} and fired (${row.reason}).`;
  }
}

function lateness({ evidence, decided_at }: StoredDecision): string {
  if (typeof evidence.lateness_ms !== "number") return `decided at ${iso(decided_at)}`;
  const jitter =
    typeof evidence.jitter_ms === "number" ? `, of which its jitter is ${duration(evidence.jitter_ms)}` : "";
  if (evidence.hurried === true) {
    return `${duration(evidence.lateness_ms)} after it was due: the trigger was changed then, so it did not wait for its jitter`;
  }
  return `${duration(evidence.lateness_ms)} after it was due${jitter}`;
}

/** What it does about the execution before it. */
function aboutQueue({ evidence }: StoredDecision): string {
  const canceled = evidence.cancels as NamedRun | undefined;
  const before = evidence.waits_for as NamedRun | undefined;
  const gap = evidence.dst_gap as { local_times?: string[] } | undefined;
  return [
    evidence.probation === true ? " It is the trial run of a trigger that had failed." : "",
    gap
      ? ` It stands for the local time ${(gap.local_times ?? []).join(", ")}, which the clocks skipped.`
      : "",
    canceled
      ? ` It had the execution ${text(canceled.run_id)} canceled, which was running (overlap: cancel_running).`
      : "",
    before ? ` It waited for its turn behind the execution ${text(before.run_id)}.` : "",
  ].join("");
}

function aboutRun({ run_id }: StoredDecision): string {
  return run_id === null ? "" : ` The execution is ${run_id}.`;
}

function aboutSkip(row: StoredDecision): string {
  const { evidence } = row;
  const execution = evidence.execution as NamedRun | undefined;
  const notFired = `It was due ${times(row)} and did not fire`;
  switch (row.reason) {
    case "overlap":
      return `${notFired}: the execution ${text(execution?.run_id)} of its cluster was ${text(execution?.status)} (overlap: ${text(evidence.policy)}).`;
    case "missed":
      return `${notFired}: ${missedBecause(row)}.`;
    case "paused":
      return `${notFired}: the trigger was paused since ${text(evidence.since)} by ${text(evidence.by)}.`;
    case "trigger_failed":
      return `${notFired}: the trigger had failed at ${text(evidence.since)}.`;
    case "disabled":
      return `It was disabled at ${text(evidence.since)} by ${text(evidence.by)}, which is final: there are no due instants after it.`;
    case "cooldown":
      return `${notFired}: it was cooling down for another ${text(evidence.seconds_left)} seconds, until ${text(evidence.until)}, when it was due again.`;
    case "quota":
      return `${notFired}: its namespace has ${text(evidence.active)} active triggers and this server fires the oldest ${text(evidence.limit)} of them.`;
    case "dst_gap":
      return `It did not fire for the local time ${localTimes(row)}: the clocks skipped it, from ${text(evidence.offset_before)} to ${text(evidence.offset_after)}, and the trigger has dst: skip.`;
    case "dst_overlap":
      return `It did not fire for the second pass of the local time ${localTimes(row)} at ${iso(row.first_due)}: the clocks went back from ${text(evidence.offset_before)} to ${text(evidence.offset_after)}, and a repeated time runs at its first pass only.`;
    case "outside_bounds":
      return `It was over at ${iso(row.first_due)}: its end_at is ${text(evidence.end_at)}, and there are no due instants after it.`;
    case "max_executions":
      return `It was over at ${iso(row.first_due)}: ${text(evidence.executions)} of at most ${text(evidence.max_executions)} executions were made, and there are no due instants after the last.`;
    case "insufficient_data":
      return `${notFired}: ${aboutTooFew(evidence)}.`;
    case "check_failed":
      if (evidence.metric !== undefined) {
        return `It was due ${span(row)} and its check failed: ${text(evidence.error).replace(/\.$/, "")}.`;
      }
      return `It was due ${span(row)} and could not be decided: ${text(evidence.error)}.`;
    default:
      return `It was due ${times(row)}; the decision was ${row.outcome} (${row.reason}).`;
  }
}

function missedBecause({ evidence, decided_at }: StoredDecision): string {
  if (evidence.changed === true) {
    return `it had not been checked when the trigger was changed, at ${iso(decided_at)}`;
  }
  if (evidence.checked_at !== undefined) {
    return `nobody checked its condition in time; the next check was made at ${text(evidence.checked_at)}`;
  }
  const decided = `when a scheduler came to decide, at ${iso(decided_at)}`;
  if (evidence.policy === "skip") {
    return `no scheduler was there in time, and the trigger makes up for nothing (missed: skip) ${decided}`;
  }
  if (evidence.policy === "all") {
    return `no scheduler was there in time, and only the newest ${text(evidence.most)} instants were made up for (missed: all) ${decided}`;
  }
  return `the catch-up window of ${text(evidence.catchup_window_seconds)} seconds was over ${decided}`;
}

function localTimes({ evidence }: StoredDecision): string {
  const listed = (evidence.local_times as string[] | undefined) ?? [];
  const more = Number(evidence.times ?? listed.length) - listed.length;
  return `${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
