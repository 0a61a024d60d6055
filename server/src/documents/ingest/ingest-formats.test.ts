import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";

const GOLDEN = new URL("../../../../test/formats/golden/", import.meta.url).pathname;
const TYPES = {
  parquet: "application/vnd.apache.parquet",
  arrows: "application/vnd.apache.arrow.stream",
  arrow: "application/vnd.apache.arrow.file",
  feather: "application/vnd.apache.arrow.file",
  csv: "text/csv",
  npy: "application/x-npy",
};

let database: TestDatabase;
let room: DocumentsRoom;
before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
});
after(async () => {
  await room.close();
  await database.close();
});

const golden = (name: string) => readFile(join(GOLDEN, name));
const EMBEDDING = [{ name: "embedding", dimensions: 8 }];

async function send(things: TestCollection, name: string, body: Buffer, query = "") {
  const answer = await room.app.inject({
    method: "POST",
    url: `/v1/collections/${things.id}/documents/ingest${query}`,
    headers: {
      ...things.tenant.headers,
      "content-type": TYPES[name.split(".").at(-1) as keyof typeof TYPES],
    },
    payload: body,
  });
  return { status: answer.statusCode, body: answer.json() };
}

/** All documents as NDJSON would have them, by id. */
async function contents(things: TestCollection, count: number) {
  const list = await things.call("POST", "/documents/list?limit=200", { return_vectors: true });
  assert.equal(list.body.results.length, count);
  const own = ["collection_id", "document_blobs", "_internal"];
  const found = list.body.results.map(({ document_id, vectors, ...rest }: any) => {
    const payload = Object.fromEntries(Object.entries(rest).filter(([name]) => !own.includes(name)));
    return { document_id, payload, vectors };
  });
  return found.sort((a: any, b: any) => (a.document_id < b.document_id ? -1 : 1));
}

for (const name of [
  "pyarrow.parquet",
  "pyarrow-v2.parquet",
  "pyarrow-large.parquet",
  "duckdb.parquet",
  "pandas.parquet",
  "pyarrow.arrows",
  "pyarrow.arrow",
  "pandas.csv",
  "quoted.csv",
]) {
  test(`takes ${name} for what it is`, async () => {
    const things = await createTestCollection(room, EMBEDDING);
    const answer = await send(things, name, await golden(name));
    assert.deepEqual(answer.body, { ingested: 60, updated: 0, unchanged: 0, failed: 0, errors: [] });
    const expected = JSON.parse((await golden("expected.json")).toString());
    assert.deepEqual(await contents(things, 60), expected);
    // As NDJSON they are the very same: the payload's and the vectors' hashes are equal.
    assert.deepEqual((await things.ingest(expected)).body.unchanged, 60);
  });
}

test("takes npy of any float, in either byte order, and makes the ids", async () => {
  const expected = JSON.parse((await golden("expected.json")).toString());
  for (const name of ["float16.npy", "float32.npy", "float64.npy", "big-endian.npy"]) {
    const things = await createTestCollection(room, EMBEDDING);
    assert.equal((await send(things, name, await golden(name))).body.ingested, 60);
    const list = await things.call("POST", "/documents/list?limit=200", { return_vectors: true });
    const vectors = list.body.results.map((document: any) => document.vectors.embedding);
    assert.deepEqual(
      vectors,
      expected.map((document: any) => document.vectors.embedding),
    );
    assert.match(list.body.results[0].document_id, /^doc_/);
  }
});

test("writes every type of a column as the docs say", async () => {
  const things = await createTestCollection(room, [{ name: "v", dimensions: 2 }]);
  assert.equal((await send(things, "types.parquet", await golden("types.parquet"))).body.ingested, 1);
  const [document] = await contents(things, 1);
  assert.deepEqual(document, {
    document_id: "1152921504606846977",
    vectors: { v: [1, 2] },
    payload: {
      instant: "2026-01-02T03:04:05.6789Z",
      local: "2026-01-02T03:04:05.6789",
      day: "2026-01-02",
      clock: "03:04:05.6789",
      price: 19.9,
      long: "12345678901234567890.12",
      big: "1152921504606846976",
      tags: ["a", null, "b"],
      deep: { z: 1, a: { y: [true, false] } },
      map: { k: 1, a: 2 },
      uuid: "00000000-0000-0000-0000-000000000007",
    },
  });
});

test("columns are mapped by parameters", async () => {
  const things = await createTestCollection(room, [
    { name: "title", dimensions: 8 },
    { name: "body", dimensions: 8 },
  ]);
  const body = await golden("pyarrow.parquet");
  const unclear = await send(things, "x.parquet", body);
  assert.deepEqual([unclear.status, unclear.body.error.code], [400, "unreadable_data"]);
  assert.match(
    unclear.body.error.message,
    /could be the vectors: embedding \(list<float>\).*'title', 'body'.*\?vector_column=title=embedding/,
  );
  const query = "?id_column=category&vector_column=body=embedding&payload_column=count";
  const mapped = await send(things, "x.parquet", body, query);
  assert.deepEqual([mapped.body.ingested, mapped.body.failed], [3, 57]);
  assert.match(mapped.body.errors[0].message, /^Row 4: The same document_id stands earlier/);
  const [document] = await contents(things, 3);
  assert.deepEqual(
    [document.document_id, Object.keys(document.vectors), document.payload],
    ["news", ["body"], { count: 0 }],
  );
  const missing = await send(things, "x.parquet", body, "?id_column=nothing&vector_column=body=embedding");
  assert.match(
    missing.body.error.message,
    /no column 'nothing' \(\?id_column\)\. The columns are: id \(string\), title/,
  );
  const json = await things.ingest([{}], "?id_column=id");
  assert.deepEqual([json.status, json.body.error.code], [400, "invalid_value"]);
});

test("a broken body is one clear error", async () => {
  const cases: [string, Buffer, RegExp][] = [
    ["a.parquet", (await golden("pyarrow.parquet")).subarray(0, 3000), /does not end as one \(PAR1\): it is cut off/],
    ["a.parquet", Buffer.from("id,embedding\n1,[1]\n"), /no Parquet file: it does not begin with PAR1/],
    ["a.parquet", Buffer.from("PAR1"), /has 4 bytes/],
    ["a.parquet", garbled(await golden("pyarrow.parquet"), -300, 250), /cannot be read/],
    ["a.arrows", (await golden("pyarrow.arrows")).subarray(0, 3000), /cut off: the body of message 2/],
    ["a.arrow", (await golden("pyarrow.arrow")).subarray(0, 2000), /cut off/],
    ["a.arrows", Buffer.from('{"documents": []}'), /no Arrow IPC stream/],
    ["a.arrows", Buffer.alloc(0), /It is empty/],
    ["a.feather", await golden("compressed.feather"), /compressed \(LZ4 or ZSTD\).*compression=None/],
    ["a.csv", Buffer.from('id,embedding\n1,"[1, 2]\n2,"[3, 4]"\n'), /Line 3 \(row 1.*quote/],
    ["a.csv", Buffer.from('id,embedding\n1,"[1,2,3,4,5,6,7,8]"\n2,[1,2,3]\n'), /Line 3 \(row 2\) has 4 cells; the first line names 2/],
    ["a.csv", Buffer.from("id,id\n1,2\n"), /Two columns are named 'id' \(1 and 2\)/],
    ["a.csv", Buffer.from([0x69, 0x64, 0x0a, 0xff, 0x0a]), /not UTF-8/],
    ["a.csv", Buffer.alloc(0), /must name the columns/],
    ["a.npy", (await golden("float32.npy")).subarray(0, -100), /cut off: its header says 60 rows of 8, and it has 56 whole ones/],
    ["a.npy", Buffer.concat([await golden("float32.npy"), Buffer.alloc(3)]), /more bytes than the 60 rows/],
    ["a.npy", await golden("fortran.npy"), /Fortran order.*ascontiguousarray/],
    ["a.npy", await golden("flat.npy"), /shape is \(480\); expected \(rows, dimensions\)/],
    ["a.npy", await golden("ids.npy"), /holds texts/],
    ["a.npy", Buffer.from("hello"), /no \.npy file/],
  ]; // prettier-ignore
  const things = await createTestCollection(room, EMBEDDING);
  for (const [name, body, message] of cases) {
    const { status, body: answer } = await send(things, name, body);
    assert.equal(status, 400, `${name} ${message}: ${JSON.stringify(answer)}`);
    assert.equal(answer.error.code, "unreadable_data");
    assert.match(answer.error.message, message);
    assert.match(answer.error.message, /Nothing was stored\.$/);
    assert.deepEqual(answer.error.details.durable, { ingested: 0, updated: 0, unchanged: 0, failed: 0 });
  }
  assert.equal((await things.call("GET", "")).body.document_count, 0);
  assert.deepEqual(await readdir(join(room.deps.vectors.storageFolder, "spool")), []);
});

function garbled(bytes: Buffer, from: number, length: number): Buffer {
  return Buffer.from(bytes).fill(0x5a, bytes.length + from, bytes.length + from + length);
}

test("what arrived before the break is stored, and the error says so", async () => {
  const things = await createTestCollection(room, EMBEDDING);
  const whole = await golden("pyarrow.arrows");
  const answer = await send(things, "a.arrows", whole.subarray(0, -1500));
  assert.equal(answer.status, 400);
  assert.match(answer.body.error.message, /The 25 documents before are stored and stay/);
  assert.equal(answer.body.error.details.durable.ingested, 25);
  const again = await send(things, "a.arrows", whole);
  assert.deepEqual([again.body.ingested, again.body.unchanged], [35, 25]);
});

test("rows that are wrong by themselves are listed with row and column", async () => {
  const things = await createTestCollection(room, [{ name: "v", dimensions: 2 }]);
  const csv = [
    "id,v,note",
    'a,"[1, 2]",x',
    'b,"[1, 2, 3]",x',
    'c,"[1, ""two""]",x',
    "d,[1; 2],x",
    ',"[1, 2]",x',
    'e,"[1, 1e999]",x',
    "f,,",
  ].join("\n");
  const answer = await send(things, "a.csv", Buffer.from(csv), "?vector_column=v");
  assert.deepEqual([answer.body.ingested, answer.body.failed], [2, 5]);
  const [b, c, d, none, e] = answer.body.errors;
  assert.deepEqual([b.index, b.document_id], [1, "b"]);
  assert.match(b.message, /^Row 2 \(line 3\), .*'v' has 3 numbers; the collection's feature has 2/);
  assert.match(c.message, /^Row 3 \(line 4\), column 'v': .* position 1 it has a string/);
  assert.match(d.message, /^Row 4 \(line 5\), column 'v': a vector is a JSON array/);
  assert.match(none.message, /^Row 5 \(line 6\), column 'id': .* this is empty/);
  assert.match(e.message, /^Row 6 \(line 7\), .*position 1 it has Infinity/);
  const numpy = await send(things, "a.csv", await golden("numpy-text.csv"), "?vector_column=embedding");
  assert.deepEqual([numpy.status, numpy.body.failed], [200, 5]);
  assert.match(
    numpy.body.errors[0].message,
    /column 'embedding': a vector is a JSON array such as \[0\.1, 0\.2\]/,
  );
});
