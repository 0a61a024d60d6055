import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseCron } from "../../server/src/triggers/due-instants/cron-expression.ts";
import { cronSchedule, differences } from "./compare.ts";
import { EXPRESSIONS } from "./expressions.ts";
import { expected, walk, type Expected } from "./oracle.ts";
import { changesOf, HOUR, offsetsOf, piecesOf, type Piece } from "./zone-clock.ts";

const FROM = Date.UTC(2024, 0, 1);
const TO = Date.UTC(2036, 0, 1);
const MODES = ["run_once", "skip"] as const;
type Mode = (typeof MODES)[number];

/** Zones that keep the same offsets around the same change share the walk; what is judged is computed for each. */
const walked = new Map<string, Record<Mode, Expected>[]>();

function expectedOf(pieces: readonly Piece[], from: number, to: number): Record<Mode, Expected>[] {
  const key = JSON.stringify(pieces);
  const known = walked.get(key);
  if (known) return known;
  const minutes = walk(pieces);
  const answers = EXPRESSIONS.map((expression) => ({
    run_once: expected(minutes, expression, "run_once", from, to),
    skip: expected(minutes, expression, "skip", from, to),
  }));
  walked.set(key, answers);
  return answers;
}

/** The 48 hours around a change, and what is expected in them of each expression. */
function around(zone: string, offsetAt: (instant: number) => number, change: number) {
  const from = change - 24 * HOUR;
  const to = change + 24 * HOUR;
  return { zone, from, to, answers: expectedOf(piecesOf(offsetAt, from - 24 * HOUR, to), from, to) };
}

describe("due instants in every zone", () => {
  it("equal a walk over the minutes around every change of offset from 2024 through 2035", (t) => {
    const zones = Intl.supportedValuesOf("timeZone");
    const figures = { changes: 0, instants: 0, madeUp: 0, marks: 0, otherModeDiffers: 0 };
    const changing = new Set<string>();
    for (const zone of zones) {
      const offsetAt = offsetsOf(zone);
      const schedules = EXPRESSIONS.map(({ text }) => ({
        run_once: cronSchedule(text, zone, "run_once"),
        skip: cronSchedule(text, zone, "skip"),
      }));
      for (const change of changesOf(offsetAt, FROM, TO)) {
        figures.changes++;
        changing.add(zone);
        const { from, to, answers } = around(zone, offsetAt, change);
        answers.forEach((answer, index) => {
          for (const mode of MODES) {
            const wrong = differences(schedules[index]![mode], from, to, answer[mode]);
            const where = `${EXPRESSIONS[index]!.text} (${mode}) in ${zone} around ${new Date(change).toISOString()}`;
            assert.deepEqual(wrong, [], where);
            figures.instants += answer[mode].due.length;
            figures.marks += answer[mode].marks.length;
          }
          figures.madeUp += answer.run_once.notes.filter((note) => note === "dst_gap").length;
          if (answer.run_once.marks.length !== answer.skip.marks.length) figures.otherModeDiffers++;
        });
      }
    }
    t.diagnostic(
      `${zones.length} zones, ${changing.size} with ${figures.changes} changes (${walked.size} different), ` +
        `${EXPRESSIONS.length} expressions in 2 modes: ${figures.instants} instants and ${figures.marks} marks compared, ` +
        `${figures.madeUp} made up after a gap`,
    );
    assert.ok(zones.length >= 400, `${zones.length} zones`);
    assert.ok(figures.changes >= 2_000, `${figures.changes} changes`);
    assert.ok(figures.instants >= 1_000_000, `${figures.instants} instants`);
    assert.ok(figures.madeUp >= 5_000, `${figures.madeUp} made up`);
    assert.ok(figures.marks >= 10_000, `${figures.marks} marks`);
    assert.ok(figures.otherModeDiffers >= 5_000, `${figures.otherModeDiffers} differ between the modes`);
  });

  it("would notice an answer of the other mode, of another kind, of a zone next door, and a lost instant", () => {
    const zone = "America/New_York";
    const offsetAt = offsetsOf(zone);
    const spring = Date.UTC(2026, 2, 8, 7);
    const autumn = Date.UTC(2026, 10, 1, 6);
    assert.deepEqual(changesOf(offsetAt, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)), [spring, autumn]);
    const halfPastTwo = EXPRESSIONS.findIndex(({ text }) => text === "30 2 * * *");
    const { from, to, answers } = around(zone, offsetAt, spring);
    const answer = answers[halfPastTwo]!;
    const schedule = cronSchedule("30 2 * * *", zone, "run_once");
    assert.deepEqual(answer.run_once.due, [Date.UTC(2026, 2, 7, 7, 30), spring, Date.UTC(2026, 2, 9, 6, 30)]);
    assert.deepEqual(differences(schedule, from, to, answer.run_once), []);
    assert.equal(differences(schedule, from, to, answer.skip).length, 3);
    assert.notEqual(
      differences({ ...schedule, timezone: "America/Chicago" }, from, to, answer.run_once).length,
      0,
    );
    const lost = {
      ...answer.run_once,
      due: answer.run_once.due.slice(1),
      notes: answer.run_once.notes.slice(1),
    };
    assert.equal(differences(schedule, from, to, lost).length, 2);

    const kinds = EXPRESSIONS.map(({ text, kind }) => [text, kind]);
    assert.deepEqual(
      EXPRESSIONS.map(({ text }) => [text, parseCron(text).followsWallClock ? "wall" : "fixed"]),
      kinds,
    );
    for (const change of [spring, autumn]) {
      const window = around(zone, offsetAt, change);
      const minutes = walk(piecesOf(offsetAt, window.from - 24 * HOUR, window.to));
      const noticed = EXPRESSIONS.filter((expression) => {
        const kind = expression.kind === "wall" ? "fixed" : "wall";
        const other = expected(minutes, { ...expression, kind }, "run_once", window.from, window.to);
        const ours = cronSchedule(expression.text, zone, "run_once");
        return differences(ours, window.from, window.to, other).length > 0;
      });
      assert.ok(noticed.length >= 10, `${noticed.length} expressions`);
    }
  });
});
