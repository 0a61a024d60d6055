import { eventDueAt } from "../decide-event.ts";
import { addMs } from "../../platform/clock.ts";
import { readTriggerState, type TriggerRow } from "../trigger-state.ts";
import { aboutDecision, type CheckAt } from "./about-decision.ts";
import type { StoredChange } from "./explain.ts";
import type { StoredDecision } from "./list-decisions.ts";
import { countedThing, duration, iso } from "./sentence.ts";

export interface Findings {
  readonly trigger: TriggerRow;
  readonly at: Date;
  readonly now: Date;
  /** The decision the answer is about; null if none lies around that time. */
  readonly subject: StoredDecision | null;
  readonly due: Date | null;
  /** Of an event trigger, when no decision covers that time: what its counter said then. */
  readonly counted: number | null;
  /** Of a conditional trigger: the check that the decision is asked about, if what it found is stored. */
  readonly check: CheckAt | null;
  /** Changes in that minute, and the one before. */
  readonly changes: readonly StoredChange[];
  /** The last decision before that time. */
  readonly before: StoredDecision | null;
  readonly next: Date | null;
}

/** The findings as one paragraph for a person. */
export function tell(findings: Findings): string {
  return [...whatHappened(findings), ...whatChanged(findings), stateNow(findings)].join(" ");
}

function whatHappened(findings: Findings): string[] {
  const { trigger, at, now, subject, due } = findings;
  if (at < trigger.created_at && !subject) {
    return [
      `The trigger did not exist at ${iso(at)}: it was created at ${iso(trigger.created_at)}, so nothing could fire.`,
    ];
  }
  if (subject) return [...counterThen(findings), aboutDecision(subject, findings.check)];
  if (trigger.records_kept_from !== null && at < trigger.records_kept_from) {
    return [
      `Decisions and changes of this trigger before ${iso(trigger.records_kept_from)} were removed by retention, so what happened at ${iso(at)} is not known.`,
    ];
  }
  const past = at <= now;
  // Who asks just before the next instant most likely means what happened at the last one.
  if (due) return [...aboutUndecided(findings, due), ...(past && due > now ? lastDecision(findings) : [])];
  const sentences = [`Nothing ${past ? "was" : "is"} due within a minute of ${iso(at)}.`];
  if (past) sentences.push(...counterThen(findings));
  if (trigger.trigger_type === "event") sentences.push(counter(trigger));
  if (findings.before) sentences.push(...lastDecision(findings));
  else if (past) sentences.push("No instant had been decided before it.");
  return sentences;
}

/** Who changed it around that time: what was due before and after went by different settings. */
function whatChanged({ changes, at, trigger, subject, due }: Findings): string[] {
  // An instant of a failed trigger that nobody has decided was told with when and why it failed.
  const failureTold = trigger.status === "failed" && !subject && due !== null;
  return changes
    .filter((change) => Math.abs(change.at.getTime() - at.getTime()) <= 60_000 && change.change !== "created")
    .filter((change) => !(failureTold && change.at.getTime() === trigger.status_since.getTime()))
    .map(({ change, actor, at: when, details }) => {
      const reason = typeof details.reason === "string" ? ` (${details.reason.replace(/\.$/, "")})` : "";
      return `It was ${CHANGED[change] ?? change} at ${iso(when)} by ${actor}${reason}.`;
    });
}

const CHANGED: Record<string, string> = {
  failed: "set to failed",
  trial_failed: "left failed by its trial run",
  trial_canceled: "given another trial run",
};

function aboutUndecided({ trigger, now }: Findings, due: Date): string[] {
  const since = `${iso(trigger.status_since)}${trigger.status_by === null ? "" : ` by ${trigger.status_by}`}`;
  const isPast = due <= now;
  switch (trigger.status) {
    case "paused":
      return [
        isPast
          ? `It was due at ${iso(due)} and did not fire: the trigger is paused since ${since}.`
          : `It would be due at ${iso(due)}, but the trigger is paused since ${since}; it fires nothing until it is resumed.`,
      ];
    case "failed": {
      const was = isPast ? `It was due at ${iso(due)} and did not fire` : `It would be due at ${iso(due)}`;
      const reason = (trigger.status_reason ?? "no reason recorded").replace(/\.$/, "");
      return [
        `${was}: the trigger failed at ${iso(trigger.status_since)} (${reason}) and fires nothing${trigger.trial_at === null ? "" : " but its trial run"} until it is resumed.`,
      ];
    }
    default: {
      if (!isPast) return [`It will be due at ${iso(due)}.`];
      if (trigger.trigger_type === "conditional") {
        return [
          trigger.check_owner === null
            ? `It is due since ${iso(due)} and not checked yet; a worker will check it.`
            : `It is due since ${iso(due)}, and its condition is being measured.`,
        ];
      }
      const decided = addMs(due, readTriggerState(trigger).delayMs);
      return decided > now
        ? [`It is due since ${iso(due)} and waits for its jitter until ${iso(decided)}.`]
        : [`It is due since ${iso(due)} and not decided yet; a scheduler will decide it.`];
    }
  }
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
  if (trigger.status === "failed" && next) {
    return `The trigger is failed now; it makes its trial run when it is due next, at ${iso(next)}.`;
  }
  if (trigger.status === "failed" && trigger.trial_run_id !== null) {
    return `The trigger is failed now; its trial run ${trigger.trial_run_id} decides what comes next.`;
  }
  if (trigger.status !== "active") return `The trigger is ${trigger.status} now, so nothing is scheduled.`;
  if (next && trigger.trigger_type === "conditional") return `Its condition is checked next at ${iso(next)}.`;
  if (next) {
    const { delayMs } = readTriggerState(trigger);
    return delayMs > 0
      ? `It fires next at ${iso(next)}, ${duration(delayMs)} of jitter included.`
      : `It is due next at ${iso(next)}.`;
  }
  if (trigger.closed_at) return "It has had its last instant, so nothing is scheduled.";
  return "No instant is scheduled now.";
}

/** Nothing if there is none. */
function lastDecision({ before }: Findings): string[] {
  if (!before) return [];
  const about = aboutDecision(before);
  return [`The last decision before it: ${about[0]!.toLowerCase()}${about.slice(1)}`];
}
