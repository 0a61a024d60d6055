import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { PGlite } from "@electric-sql/pglite";

import { PgliteStatements } from "./pglite-statements.ts";

let db: PGlite;
let statements: PgliteStatements;
before(async () => {
  const image = process.env.TEST_PGLITE_IMAGE;
  db = new PGlite(image === undefined ? {} : { loadDataDir: new Blob([await readFile(image)]) });
  await db.waitReady;
  statements = await PgliteStatements.on(db);
});
after(() => db.close());

test("answers what PGlite's own query answers, of every kind of value, once and again", async () => {
  const text = `select $1::int as i, $2::bigint as b, $3::text as t, $4::jsonb as j, $5::text[] as list, $6::timestamptz as at,
    $7::boolean as yes, $8::bytea as bytes, $9::numeric as exact, $10::float8 as x, null as nothing, array[1, null] as holes`;
  const values = [
    -3,
    2 ** 40,
    'a "quoted" \\ text, ünïcode',
    { a: [1, { b: null }] },
    ["x,y", 'with "', "\\", "null", ""],
    new Date("2026-02-03T04:05:06.789Z"),
    true,
    new Uint8Array([0, 1, 255]),
    "12345678901234567890.125",
    0.1,
  ];
  const wanted = (await db.query(text, values)).rows;
  for (let time = 0; time < 2; time++) {
    assert.deepEqual((await statements.run(text, values)).rows, wanted);
  }
});

test("says how many rows were changed, and nothing of those that were read", async () => {
  await statements.run("create table changed (n int)", []);
  const insert = "insert into changed select generate_series(1, $1::int)";
  assert.equal((await statements.run(insert, [7])).affected, 7);
  assert.equal((await statements.run("update changed set n = 0 where n > $1", [4])).affected, 3);
  assert.equal((await statements.run("delete from changed where n > $1", [100])).affected, 0);
  assert.equal((await statements.run("select * from changed where n = $1", [0])).rows.length, 3);
  assert.deepEqual(await statements.run("delete from changed; select 1 as one; select 2 as two", []), {
    rows: [{ two: 2 }],
    affected: 0,
  });
});

test("forgets the texts that were not used for long, and runs them all the same", async () => {
  const text = (i: number) => `select $1::int + ${i} as sum`;
  for (const i of [0, ...Array.from({ length: 400 }, (_, n) => n), 0]) {
    assert.deepEqual((await statements.run(text(i), [1])).rows, [{ sum: i + 1 }]);
  }
  const { rows } = await statements.run("select count(*) as kept from pg_prepared_statements", []);
  assert.deepEqual(rows, [{ kept: 300 }]);
});

test("sees a table that was changed as it is", async () => {
  await statements.run("create table growing (a int)", []);
  await statements.run("insert into growing values ($1)", [1]);
  const all = () => statements.run("select * from growing where a = $1", [1]);
  assert.deepEqual((await all()).rows, [{ a: 1 }]);
  await statements.run("alter table growing add column b text default 'new'", []);
  assert.deepEqual((await all()).rows, [{ a: 1, b: "new" }]);
  await statements.run("drop table growing", []);
  await assert.rejects(all(), { code: "42P01" });
});

test("a statement that fails spoils its transaction and nothing else", async () => {
  const divide = (by: number) => statements.run("select 6 / $1::int as result", [by]);
  assert.deepEqual((await divide(3)).rows, [{ result: 2 }]);
  await assert.rejects(divide(0), { code: "22012" });
  assert.deepEqual((await divide(2)).rows, [{ result: 3 }]);
  await statements.run("begin", []);
  await assert.rejects(divide(0), { code: "22012" });
  await assert.rejects(divide(1), { code: "25P02" });
  await assert.rejects(statements.run("select $1::int as never_seen", [1]), { code: "25P02" });
  await statements.run("rollback", []);
  assert.deepEqual((await divide(1)).rows, [{ result: 6 }]);
  assert.deepEqual((await statements.run("select $1::int as never_seen", [1])).rows, [{ never_seen: 1 }]);
});
