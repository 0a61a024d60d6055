import { parseCron } from "../../server/src/triggers/due-instants/cron-expression.ts";
import { daylightMarks } from "../../server/src/triggers/due-instants/daylight-marks.ts";
import { noteOf } from "../../server/src/triggers/due-instants/daylight-note.ts";
import {
  countInstants,
  instantsIn,
  type CronSchedule,
} from "../../server/src/triggers/due-instants/due-instants.ts";
import type { Expected, ExpectedMark } from "./oracle.ts";

/** A cron schedule without bounds. */
export function cronSchedule(text: string, timezone: string, dst: CronSchedule["dst"]): CronSchedule {
  return { kind: "cron", cron: parseCron(text), timezone, dst, startAt: null, endAt: null };
}

/** What our code says about [from, to] that is not what is expected, in words; nothing if all is. */
export function differences(schedule: CronSchedule, from: number, to: number, expected: Expected): string[] {
  const after = new Date(from - 1);
  const through = new Date(to);
  const wrong: string[] = [];
  const due = [...instantsIn(schedule, after, through)];
  const iso = (instants: readonly (number | Date)[]) =>
    instants.map((one) => new Date(one).toISOString()).join();
  if (due.length !== expected.due.length || due.some((one, index) => one.getTime() !== expected.due[index]))
    wrong.push(`due ${iso(due)}; expected ${iso(expected.due)}`);
  const count = countInstants(schedule, after, through);
  if (count !== expected.due.length) wrong.push(`counts ${count}; expected ${expected.due.length}`);
  const noted = expected.due.findIndex(
    (at, index) => noteOf(schedule, new Date(at)) !== expected.notes[index],
  );
  if (noted >= 0)
    wrong.push(`notes ${iso([expected.due[noted]!])} otherwise than ${String(expected.notes[noted])}`);
  const marks = JSON.stringify(daylightMarks(schedule, after, through));
  const expectedMarks = JSON.stringify(expected.marks.map(markOf));
  if (marks !== expectedMarks) wrong.push(`marks ${marks}; expected ${expectedMarks}`);
  return wrong;
}

function markOf({ reason, lost, offsetBefore, offsetAfter }: ExpectedMark): object {
  const offset = (ms: number) =>
    (ms < 0 ? "-" : "+") +
    new Date(Math.abs(ms)).toISOString().slice("1970-01-01T".length, -":00.000Z".length);
  return {
    reason,
    first: new Date(lost[0]!.at),
    last: new Date(lost.at(-1)!.at),
    localTimes: lost.slice(0, 10).map(({ local }) => new Date(local).toISOString().slice(0, -".000Z".length)),
    count: lost.length,
    offsetBefore: offset(offsetBefore),
    offsetAfter: offset(offsetAfter),
  };
}
