import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { silentLogger } from "../platform/logger.ts";
import { TestSignals } from "../platform/test-signals.ts";
import { Database, type Tx } from "./database.ts";
import type { HungTransaction } from "./hung-transactions.ts";
import { pgliteBackend } from "./pglite.ts";
import { postgresBackend } from "./postgres.ts";

const HUNG_AFTER_MS = 60;

let postgres: TestDatabase | undefined;
let db: Database;
const hung: HungTransaction[] = [];
const signals = new TestSignals();
const onHung = (report: HungTransaction) => {
  hung.push(report);
  signals.announce("hung");
};

before(async () => {
  const options = { logger: silentLogger, hungAfterMs: HUNG_AFTER_MS, onHung };
  if (process.env.TEST_DATABASE === "postgres") {
    postgres = await createTestDatabase();
    db = new Database(
      postgresBackend({ url: postgres.url!, maxConnections: 4, logger: silentLogger }),
      options,
    );
  } else {
    db = new Database(await pgliteBackend(undefined, process.env.TEST_PGLITE_IMAGE), options);
  }
  await sql`create table counted (name text primary key, n int not null)`.execute(db.sql);
});
after(async () => {
  await db.close();
  await postgres?.close();
});

const add = (run: Tx | Database["sql"], name: string) =>
  sql`insert into counted values (${name}, 1)`.execute(run);
async function count(name: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from counted where name = ${name}`.execute(
    db.sql,
  );
  return rows[0]!.n;
}
const fault = (code: string) =>
  sql.raw(`do $$ begin raise exception 'made' using errcode = '${code}'; end $$`);

test("a body that throws rolls back and its error arrives", async () => {
  const wrong = new Error("no");
  await assert.rejects(
    db.transaction(async (tx) => {
      await add(tx, "rolled back");
      throw wrong;
    }),
    wrong,
  );
  assert.equal(await count("rolled back"), 0);
});

test("a serialization failure and a deadlock repeat the body, five times at most; others do not", async () => {
  for (const [code, failures, attempts] of [
    ["40001", 2, 3],
    ["40P01", 4, 5],
    ["40001", 9, 5],
    ["23505", 9, 1],
  ] as const) {
    let tried = 0;
    const run = db.transaction(async (tx) => {
      tried++;
      await add(tx, `${code} ${failures}`);
      if (tried <= failures) await fault(code).execute(tx);
    });
    if (tried <= failures && attempts <= failures) await assert.rejects(run, { code });
    else await run;
    assert.equal(tried, attempts);
    assert.equal(await count(`${code} ${failures}`), attempts > failures ? 1 : 0);
  }
});

test("two real transactions that deadlock both end well", async (t) => {
  if (db.kind === "pglite") return t.skip("PGlite has one session: transactions cannot deadlock");
  await add(db.sql, "left");
  await add(db.sql, "right");
  const meeting = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  let attempts = 0;
  const bump = (tx: Tx, name: string) => sql`update counted set n = n + 1 where name = ${name}`.execute(tx);
  const cross = (mine: 0 | 1, first: string, second: string) =>
    db.transaction(async (tx) => {
      attempts++;
      await bump(tx, first);
      meeting[mine].resolve();
      await meeting[1 - mine]!.promise;
      await bump(tx, second);
    });
  await Promise.all([cross(0, "left", "right"), cross(1, "right", "left")]);
  assert.equal(attempts, 3);
  const { rows } = await sql<{ n: number }>`select n from counted where name in ('left', 'right')`.execute(
    db.sql,
  );
  assert.deepEqual(
    rows.map((row) => row.n),
    [3, 3],
  );
});

test("a transaction that waits is reported with its place, ended, and holds up nobody any more", async () => {
  hung.length = 0;
  const reported = signals.next("hung");
  const { promise: never, resolve: letGo } = Promise.withResolvers<void>();
  const waiting = db.transaction(async (tx) => {
    await add(tx, "hung");
    await never;
    await add(tx, "after it was ended");
  });
  const others = await Promise.all([add(db.sql, "other"), db.transaction((tx) => add(tx, "another"))]);
  assert.equal(others.length, 2);
  await reported;
  letGo();
  await assert.rejects(waiting, /ended because it ran no statement for too long/);
  assert.equal(hung.length, 1);
  assert.match(hung[0]!.openedAt, /database\.test\.ts/);
  assert.deepEqual(
    await Promise.all(["hung", "after it was ended", "other", "another"].map(count)),
    [0, 0, 1, 1],
  );
});

test("an ended transaction that would only commit is not taken for committed", async () => {
  hung.length = 0;
  const reported = signals.next("hung");
  await assert.rejects(
    db.transaction(async (tx) => {
      await add(tx, "late commit");
      await reported;
    }),
    /ended because/,
  );
  assert.equal(await count("late commit"), 0);
});

test("a long statement is not a hung transaction", async () => {
  hung.length = 0;
  await db.transaction(async (tx) => {
    await sql`select pg_sleep(${(HUNG_AFTER_MS * 3) / 1000})`.execute(tx);
  });
  assert.deepEqual(hung, []);
});

test("db.sql and db.transaction inside a transaction are refused at once; what it leaves running is not", async () => {
  hung.length = 0;
  for (const nested of [() => add(db.sql, "nested"), () => db.transaction((tx) => add(tx, "nested"))]) {
    await assert.rejects(
      db.transaction(async (tx) => {
        await add(tx, "outer");
        await nested();
      }),
      /used inside a transaction; pass its tx/,
    );
  }
  assert.deepEqual(await Promise.all(["nested", "outer"].map(count)), [0, 0]);
  assert.deepEqual(hung, []);

  const { promise: committed, resolve } = Promise.withResolvers<void>();
  let behind: Promise<unknown> | undefined;
  await db.transaction(async (tx) => {
    await add(tx, "outer");
    behind = committed.then(() => add(db.sql, "behind"));
  });
  resolve();
  await behind;
  assert.equal(await count("behind"), 1);
});

test("a wake-up is given once after the commit, and not after a rollback or for a repeated attempt", async () => {
  let woken = 0;
  const off = db.wakes.on("runs", () => woken++);
  await assert.rejects(
    db.transaction(async (tx) => {
      db.wakeAfterCommit(tx, "runs");
      await fault("22000").execute(tx);
    }),
  );
  assert.equal(woken, 0);
  let tried = 0;
  await db.transaction(async (tx) => {
    db.wakeAfterCommit(tx, "runs");
    db.wakeAfterCommit(tx, "runs");
    assert.equal(woken, 0);
    if (++tried === 1) await fault("40001").execute(tx);
  });
  assert.equal(woken, 1);
  off();
});

test("a read-only transaction writes nothing", async () => {
  await assert.rejects(
    db.transaction((tx) => add(tx, "read only"), { readOnly: true, isolation: "repeatable read" }),
    { code: "25006" },
  );
});
