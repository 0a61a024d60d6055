import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createScheduler } from "../../server/src/triggers/scheduler.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createSchedulerWorld, type DecisionOnRecord } from "../factories/scheduler-world.ts";
import { insertClusterRow } from "../factories/trigger-world.ts";
import { DAY, dueBetween, HOUR, MINUTE, type Grid } from "./naive-instants.ts";

let test: TestDatabase;
before(async () => {
  test = await createTestDatabase();
});
after(() => test.close());

type World = Awaited<ReturnType<typeof createSchedulerWorld>>;

/** A trigger with a cluster of its own and the calendar it must follow. */
interface Followed {
  readonly id: string;
  readonly grid: Grid;
  readonly createdAt: number;
}

const cron = (expression: string, zone: string): Grid => ({ kind: "cron", expression, zone });

async function follow(world: World, grid: Grid, settings: Record<string, unknown> = {}): Promise<Followed> {
  const clusterId = await insertClusterRow(test.db, world.tenant, [world.collectionId]);
  const createdAt = now(world);
  const own =
    grid.kind === "cron"
      ? { cron_expression: grid.expression, timezone: grid.zone }
      : { interval_seconds: grid.step / 1000 };
  const id = await world.create(grid.kind, { ...own, ...settings }, { clusterId });
  return { id, grid, createdAt };
}

function now({ clock }: World): number {
  return clock.instant.getTime();
}

function jump({ clock }: World, ms: number): void {
  clock.instant = new Date(clock.instant.getTime() + ms);
}

/** Every instant of the calendar up to `through` lies in exactly one decision, and the decisions count no others. */
async function assertFollowed(world: World, { id, grid, createdAt }: Followed, through: number): Promise<void> {
  const calendar = dueBetween({ grid, startAt: null, endAt: null }, createdAt, through);
  const rows = (await world.decisions(id)).filter(({ count }) => count > 0);
  const name = grid.kind === "cron" ? `${grid.expression} ${grid.zone}` : `every ${grid.step} ms`;
  let next = 0;
  for (const row of rows.toSorted((a, b) => a.first_due.getTime() - b.first_due.getTime())) {
    const span = calendar.slice(next, next + row.count);
    const ends = [row.first_due.getTime(), row.last_due.getTime()];
    assert.deepEqual(ends.map(iso), [span[0]!, span.at(-1)!].map(iso), `${name}: ${row.reason} x${row.count}`);
    next += row.count;
  }
  assert.equal(next, calendar.length, `${name}: all of the calendar is decided`);
  const fired = rows.filter(({ outcome }) => outcome === "fired");
  assert.equal(new Set(fired.map(({ run_id }) => run_id)).size, fired.length);
  assert.equal((await world.show(id)).execution_count, fired.length);
} // prettier-ignore

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function counted(rows: readonly DecisionOnRecord[], reason: string): number {
  return rows.filter((row) => row.reason === reason).length;
}

/** Steps of uneven length; near the changes of the clocks, half hours. */
function* yearOfSteps(start: number, end: number, changes: readonly number[]): Generator<number> {
  const lengths = [5 * HOUR, 26 * HOUR, 5 * DAY + 7 * MINUTE, 3 * DAY, 7 * DAY, DAY, 2 * DAY];
  for (let at = start, step = 0; at < end; step++) {
    const isNear = changes.some((change) => Math.abs(change - at) < 4 * HOUR);
    const ahead = changes.find((change) => change - 4 * HOUR >= at + (isNear ? 0 : 1));
    const next = isNear ? at + 30 * MINUTE : at + lengths[step % lengths.length]!;
    at = isNear ? next : Math.min(next, (ahead ?? Infinity) - 4 * HOUR + 1);
    yield at;
  }
}

describe("a year", () => {
  it("is decided as the calendar has it, across the changes of two zones' clocks", async () => {
    const start = Date.UTC(2026, 0, 5, 0, 10);
    const end = start + 54 * 7 * DAY;
    const world = await createSchedulerWorld(test.db, { start: new Date(start) });
    const followed: Followed[] = [];
    for (const zone of ["America/New_York", "Europe/Berlin"]) {
      for (const expression of ["30 2 * * *", "0 9 * * MON", "0 * * * *"]) {
        followed.push(await follow(world, cron(expression, zone)));
      }
    }
    followed.push(await follow(world, { kind: "interval", step: 7 * HOUR, origin: start, extra: null }));
    const daily = followed[0]!;
    const event = await world.create("event", {
      event_type: "documents_added",
      event_threshold: 10,
      cooldown_seconds: 3600,
    });
    let writes = 0;
    let lastWrite = start;
    const changes = [
      Date.UTC(2026, 2, 8, 7), Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 10, 1, 6),
    ]; // prettier-ignore
    let steps = 0;
    for (const at of yearOfSteps(start, end, changes)) {
      world.clock.instant = new Date(at);
      if (at - lastWrite >= 4 * DAY) {
        await world.add(10);
        writes++;
        lastWrite = at;
      }
      await world.scheduler.runOnce();
      await world.end();
      steps++;
    }
    for (const one of followed) await assertFollowed(world, one, now(world));
    const eventRows = await world.decisions(event);
    assert.equal(counted(eventRows, "threshold_reached"), writes);
    assert.equal(eventRows.length, writes);
    assert.ok(steps > 150 && writes > 50, `${steps} steps, ${writes} writes`);
    // A day has one 02:30, also the one on which New York's clock skips it, and the one that has it after a repetition.
    const shown = dueBetween({ grid: daily.grid, startAt: null, endAt: null }, start, now(world));
    assert.ok(shown.includes(Date.UTC(2026, 2, 8, 7)) && Math.abs(shown.length - 54 * 7) <= 4);
  });
});

describe("a clock that jumps", () => {
  for (const [name, ms] of [
    ["forward", HOUR],
    ["back", -HOUR],
  ] as const) {
    it(`an hour ${name} at awkward moments neither doubles nor loses`, async () => {
      const start = Date.UTC(2026, 9, 24, 20, 3);
      const world = await createSchedulerWorld(test.db, { start: new Date(start) });
      const followed = [
        await follow(world, { kind: "interval", step: 10 * MINUTE, origin: start, extra: null }),
        await follow(world, cron("0 * * * *", "Europe/Berlin")),
        await follow(world, cron("30 2 * * *", "Europe/Berlin")),
        await follow(world, cron("*/20 * * * *", "America/New_York"), { overlap: "allow" }),
      ];
      let most = start;
      const round = async () => {
        await world.scheduler.runOnce();
        most = Math.max(most, now(world));
      };
      // Just before, at and just after the next instant of each; the jump before its round, behind it, or amid its run.
      for (const beside of [-1, 0, 1, 999]) {
        for (const moment of ["before", "behind", "amid"] as const) {
          for (const { grid } of followed) {
            const [due] = dueBetween({ grid, startAt: null, endAt: null }, most, most + 2 * DAY);
            world.clock.instant = new Date(due! + beside);
            if (moment === "before") jump(world, ms);
            await round();
            if (moment === "amid") jump(world, ms);
            await world.end();
            if (moment === "behind") jump(world, ms);
            await round();
          }
        }
      }
      world.clock.instant = new Date(most + 3 * HOUR);
      await round();
      for (const one of followed) await assertFollowed(world, one, most);
    }); // prettier-ignore
  }
});

describe("two schedulers", () => {
  it("on one database agree, wherever the clock jumps between their rounds", async () => {
    const start = Date.UTC(2026, 2, 28, 23, 0, 30);
    const world = await createSchedulerWorld(test.db, { start: new Date(start) });
    const [one, other] = [createScheduler({ ...world.deps }), createScheduler({ ...world.deps })];
    const followed: Followed[] = [];
    for (let i = 0; i < 6; i++) {
      followed.push(await follow(world, { kind: "interval", step: 5 * MINUTE, origin: start, extra: null }));
      followed.push(await follow(world, cron("15,45 1-3 * * *", "Europe/Berlin"), { missed: "all" }));
      followed.push(await follow(world, cron("*/20 * * * *", "Europe/Berlin"), { overlap: "buffer_one" }));
    }
    let most = start;
    const jumps = [5 * MINUTE, 1, 20 * MINUTE, -HOUR, HOUR, 7 * MINUTE, HOUR, -30 * MINUTE, 40 * MINUTE];
    for (let step = 0; step < 45; step++) {
      jump(world, jumps[step % jumps.length]!);
      most = Math.max(most, now(world));
      if (step % 3 === 2) {
        // One decides, the clock jumps, the other decides.
        await one.runOnce();
        jump(world, step % 2 === 0 ? HOUR : -HOUR);
        most = Math.max(most, now(world));
        await other.runOnce();
      } else await Promise.all([one.runOnce(), other.runOnce()]);
      if (step % 2 === 0) await world.end(step % 4 === 0 ? "completed" : "canceled");
    }
    world.clock.instant = new Date(most + HOUR);
    await Promise.all([one.runOnce(), other.runOnce()]);
    await Promise.all([other.runOnce(), one.runOnce()]);
    for (const trigger of followed) await assertFollowed(world, trigger, now(world));
  });
});
