import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import pg from "pg";

import { explainFailure } from "../../server/src/cli/explain-failure.ts";
import type { ImportFlags } from "../../server/src/cli/import/import-options.ts";
import { createEmptyPostgres, createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createImportRoom, type ImportRoom } from "../factories/import-room.ts";
import { startPostgres, type PostgresServer } from "../factories/postgres-server.ts";

let database: TestDatabase;
let imports: ImportRoom;
/** Somebody's own database: that of the suite's server, or of one started for this file. */
let source: { url: string; drop: () => Promise<void> };
let client: pg.Client;
before(async () => {
  database = await createTestDatabase();
  imports = await createImportRoom(database);
  source = process.env.TEST_POSTGRES_URL ? await createEmptyPostgres() : await ownServer();
  client = new pg.Client({ connectionString: source.url });
  await client.connect();
  await client.query(`
    create domain vector as text;
    create table items (
      id bigint primary key, title text, embedding float4[], doubles float8[], texts text, pgvector vector,
      price numeric, tags text[], made timestamptz, meta jsonb, raw bytea, changed int);
    insert into items
    select i, 'Title ' || i, array[i, i / 4.0, -1]::float4[], array[i, 0.1, -1]::float8[],
      '[' || i || ', 0.5, -1]', '[' || i || ', 0.25, -1]', 19.90, array['a', 'b "c", d', null],
      '2026-01-02 03:04:05.678901+00', jsonb_build_object('n', i), '\\x00', i
    from generate_series(1, 2500) i`);
});
after(async () => {
  await client.end();
  await source.drop();
  await imports.close();
  await database.close();
});

async function ownServer(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server: PostgresServer = await startPostgres(["fsync=off"]);
  return { url: server.url, drop: () => server.stop() };
}

const run = (query: string, flags: ImportFlags, signal?: AbortSignal) =>
  imports.run(source.url, { query, ...flags }, signal);

test("reads arrays, texts and pgvector's own form, and every column as a value", async () => {
  for (const [column, second] of [
    ["embedding", 0.25],
    ["doubles", 0.1],
    ["texts", 0.5],
    ["pgvector", 0.25],
  ] as const) {
    const collection = `items-${column}`;
    const query = `select id, title, ${column}, price, tags, made, meta from items where id < 1500;`;
    await run(query, { collection });
    const all = await imports.contents(collection);
    assert.equal(all.length, 1499);
    const one = all.find(({ document_id }) => document_id === "1");
    assert.deepEqual(one.vectors, { [column]: [1, Math.fround(second), -1] });
    const { title, price, tags, made, meta } = one;
    assert.deepEqual(
      { title, price, tags, made, meta },
      {
        title: "Title 1",
        price: 19.9,
        tags: ["a", 'b "c", d', null],
        made: "2026-01-02T03:04:05.678901Z",
        meta: { n: 1 },
      },
    );
  }
});

test("says what is wrong with a query", async () => {
  const fails = (query: string, flags: ImportFlags, message: RegExp) =>
    assert.rejects(run(query, { collection: "wrong", ...flags }), message);
  await fails(
    "select nothing from items",
    {},
    /PostgreSQL refuses the query: column "nothing" does not exist/,
  );
  await fails("select title, embedding from items", {}, /have no ids.*--id-column/);
  await fails(
    "select id, title from items",
    {},
    /No column holds vectors.*The columns are: id \(int8\), title \(text\)/,
  );
  await fails(
    "select id, embedding, doubles from items",
    {},
    /Several columns could be the vectors: embedding \(_float4\), doubles/,
  );
  await fails("select id, embedding, raw from items", {}, /cannot become JSON: raw \(binary \(bytea\)\)/);
  await fails("select id, id, embedding from items", {}, /two columns named 'id'/);
  await fails(
    "select id, embedding from items",
    { follow: "changed" },
    /--follow 'changed' is no column of the query; it has: id, embedding/,
  );
  await fails("delete from items returning id, embedding", {}, /refuses the query/);
  await assert.rejects(imports.run(source.url, { collection: "wrong" }), /--query says what to read/);
  await assert.rejects(imports.run(source.url, { query: "select 1" }), /--collection says where/);
  const nobody = source.url.replace(/:\d+\//, ":1/");
  // What a person can mend is no fault of ours to report.
  await assert.rejects(imports.run(nobody, { query: "select 1", collection: "nobody" }), (error: unknown) => {
    assert.match(explainFailure(error), /^recluster: No connection to PostgreSQL: .*ECONNREFUSED.*\.$/);
    return true;
  });
  const elsewhere = new URL(source.url);
  elsewhere.pathname = "/no_such_database";
  await assert.rejects(
    imports.run(elsewhere.href, { query: "select 1", collection: "nowhere" }),
    /No connection to PostgreSQL: database "no_such_database" does not exist/,
  );
});

test("follows a column, over restarts, and knows what it has", async () => {
  const query = "select id, title, embedding, changed from items";
  const flags = { collection: "followed", follow: "changed", every: "0" };
  const { signals } = imports.room.deps;
  /** Follows until the server has committed as many units, then asks it to stop as Ctrl-C does. */
  const followUntil = async (units: number, meanwhile: () => Promise<unknown> = () => Promise.resolve()) => {
    const committed = (async () => {
      for (let i = 0; i < units; i++) await signals.next("ingest.unit");
      await meanwhile();
    })();
    const controller = new AbortController();
    const running = run(query, flags, controller.signal);
    await committed;
    controller.abort();
    await running;
  };
  const stored = async () => (await imports.call("GET", "/collections/followed")).document_count;
  // 2,500 rows are three requests; the fourth comes of what changes while it looks.
  await followUntil(3, async () => {
    const next = signals.next("ingest.unit");
    await client.query(`
      insert into items (id, title, embedding, changed) values (9001, 'new', array[1, 2, 3], 9001);
      update items set title = 'changed', changed = 9002 where id = 7`);
    await next;
  });
  assert.equal(await stored(), 2501);
  await client.query(
    "insert into items (id, title, embedding, changed) values (9003, 'later', array[1, 2, 3], 9003)",
  );
  await followUntil(1);
  assert.equal(await stored(), 2502);
  const seven = await imports.call("GET", "/collections/followed/documents/7");
  assert.equal(seven.title, "changed");
});
