import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import {
  tableFromArrays,
  tableToIPC,
  vectorFromArray,
  List,
  Field,
  Float32,
  Float64,
  Table,
  Utf8,
} from "apache-arrow";
import { Table as WasmTable, writeParquet } from "parquet-wasm/node";

import { importCommand } from "../../server/src/cli/import/import-command.ts";
import type { ImportFlags } from "../../server/src/cli/import/import-options.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createImportRoom, type ImportRoom } from "../factories/import-room.ts";

let database: TestDatabase;
let imports: ImportRoom;
before(async () => {
  database = await createTestDatabase();
  imports = await createImportRoom(database);
});
after(async () => {
  await imports.close();
  await database.close();
});

const GOLDEN = new URL("golden/", import.meta.url).pathname;
const golden = (name: string) => readFile(join(GOLDEN, name));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(imports.folder, name);
  await writeFile(path, content);
  return path;
}

const lists = (rows: readonly (readonly (number | null)[] | null)[], type = new Float32()) =>
  vectorFromArray(rows as never[], new List(new Field("item", type, true)));

/** Parquet of an id column and a vector column with these rows. */
function parquet(rows: readonly (readonly (number | null)[] | null)[]): Uint8Array {
  const ids = vectorFromArray(
    rows.map((_, i) => `r${i + 1}`),
    new Utf8(),
  );
  return toParquet(new Table({ id: ids, embedding: lists(rows) }));
}

function toParquet(table: Table): Uint8Array {
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(table, "stream")));
}

test("rows that are wrong are told with row and column, in every format", async () => {
  const rows = [[1, 2], [3], [4, NaN], [5, Infinity], null, [6, 7], [8, null]];
  const path = await file("ragged.parquet", parquet(rows));
  const { totals } = await imports.run(path, { collection: "ragged" });
  assert.deepEqual([totals.ingested, totals.failed], [3, 4]);
  const told = totals.faults.map(
    ({ where, document_id, message }) => `${where} (${document_id}), ${message}`,
  );
  assert.match(told[0]!, /^row 2 \(r2\), column 'embedding': its vector has 1 numbers; .* has 2\.$/);
  assert.match(told[1]!, /^row 3 \(r3\), column 'embedding': .*at position 1 it has NaN or null\.$/);
  assert.match(told[2]!, /^row 4 \(r4\), column 'embedding': .*position 1 it has Infinity/);
  assert.match(told[3]!, /^row 7 \(r7\), column 'embedding': .*position 1 it has NaN or null/);
  // A later request counts from the source's first row too.
  const again = await imports.run(path, { collection: "ragged", batchSize: "2" });
  assert.deepEqual(
    again.totals.faults.map(({ where }) => where),
    ["row 2", "row 3", "row 4", "row 7"],
  );
  const lines = await file(
    "ragged.ndjson",
    '{"id":"a","embedding":[1,2]}\n{"id":null,"embedding":[1,2]}\n[1]\n{"id":"b","embedding":[1,"x"]}\n{"id":"c","embedding":[1,2,3]}\n',
  );
  const { totals: text } = await imports.run(lines, {
    collection: "ragged",
    idColumn: "id",
    vectorColumn: ["embedding"],
  });
  assert.deepEqual([text.updated + text.ingested, text.failed], [1, 4]);
  const ragged = text.faults.map(({ where, message }) => `${where}: ${message}`);
  assert.match(ragged.join("\n"), /line 2: column 'id': an id is a text or a whole number; this is null/);
  assert.match(ragged.join("\n"), /line 3: a document is an object/);
  assert.match(ragged.join("\n"), /line 4: column 'embedding': .* position 1 it has a string/);
  assert.match(ragged.join("\n"), /line 5: The vector 'embedding' has 3 numbers/);
});

test("broken and unclear files say what is wrong and what to do", async () => {
  const two = tableToIPC(
    new Table({
      id: vectorFromArray(["a"], new Utf8()),
      a: lists([[1, 2]]),
      b: lists([[1]], new Float64() as never),
    }),
    "stream",
  );
  const numbers = tableToIPC(tableFromArrays({ id: ["a"], x: Float32Array.of(1) }), "stream");
  const cases: [string, string | Uint8Array, ImportFlags, RegExp][] = [
    ["cut.parquet", (await golden("pandas.parquet")).subarray(0, 5000), {}, /cut\.parquet: It begins as a Parquet file and does not end as one/],
    ["magic.parquet", "not parquet at all", {}, /does not begin with PAR1/],
    ["empty.parquet", "", {}, /has 0 bytes/],
    ["norows.parquet", parquet([]), {}, /norows\.parquet holds no rows/],
    ["cut.arrow", (await golden("pyarrow.arrow")).subarray(0, 4000), {}, /does not end as one \(ARROW1\): it is cut off/],
    ["two.arrows", two, {}, /Several columns could be the vectors: a \(list<float>\), b \(list<double>\)\. Name them: --vector-column a/],
    ["none.arrows", numbers, {}, /No column holds vectors.*The columns are: id \(.*string.*\), x \(float\)/],
    ["id.arrows", two, { idColumn: "key", vectorColumn: ["a"] }, /There is no column 'key' \(--id-column\)\. The columns are: id/],
    ["vector.arrows", two, { vectorColumn: ["title"] }, /There is no column 'title' \(--vector-column\)/],
    ["text.arrows", two, { vectorColumn: ["id"], idColumn: "a" }, /'id' is of type .*string.*; a vector is a list of numbers/],
    ["twice.arrows", two, { vectorColumn: ["a"], idColumn: "a" }, /A column is used twice/],
    ["quote.csv", 'id,v\na,"[1.5, 2]"\nb,"[1, 2]"x\n', {}, /Line 3 \(row 2.*is broken/],
    ["cells.csv", 'id,v\na,"[1, 2]"\nb,[1,2]\n', {}, /Line 3 \(row 2\) has 3 cells; the first line names 2 columns/],
    ["head.csv", "id,v\n", {}, /No column holds vectors/],
    ["double.csv", "id,v,v\n", {}, /Two columns are named 'v'/],
    ["bad.ndjson", '{"id":"a","v":[1.5]}\n{"id":\n', {}, /bad\.ndjson, line 2 is not valid JSON/],
    ["bad.json", '{"rows": []}', {}, /expected an array of documents, or \{"documents"/],
    ["nothing.json", "[]", { vectorColumn: ["v"] }, /nothing\.json holds no rows/],
    ["nothing.ndjson", "\n", {}, /nothing\.ndjson holds no rows\. A row is an object/],
    ["allwrong.ndjson", '{"id":1.5,"v":[1.5]}\n{"id":2.5,"v":[1.5]}\n', { idColumn: "id" }, /none of its 2 rows is a document\. line 1: column 'id': an id is a text or a whole number/],
    ["double.parquet", toParquet(new Table({ id: vectorFromArray(["a"], new Utf8()), price: vectorFromArray([1.5], new Float64()), v: lists([[1, 2]]) })), { idColumn: "price" }, /double\.parquet: Column 'price' is of type double; an id is a text/],
    ["name.csv", "id,v\n", { collection: "ab" }, /'ab' cannot be a collection's name: it has 2 characters, and 3 to 100 are taken\. .*--collection NAME/],
    ["short.npy", (await golden("float64.npy")).subarray(0, -8), {}, /cut off: its header says 60 rows of 8, and it has 59 whole ones/],
    ["what.bin", "hello", {}, /its name does not say what it is/],
    ["a.csv", "id,v\n", { format: "excel" }, /--format 'excel' is not known; it takes parquet, arrow/],
    ["b.csv", "id,v\n", { ids: "ids.txt" }, /--ids and --payloads stand beside a \.npy file/],
    ["c.csv", "id,v\n", { batchSize: "0" }, /--batch-size takes 1 to 10000/],
    ["d.csv", "id,v\n", { payload: false, payloadColumns: "a" }, /contradict each other/],
  ]; // prettier-ignore
  for (const [name, content, flags, message] of cases) {
    const path = await file(name, content);
    await assert.rejects(
      imports.run(path, { collection: `broken-${name.replaceAll(".", "-")}`, ...flags }),
      message,
      name,
    );
  }
  await assert.rejects(
    imports.run(join(imports.folder, "missing.csv")),
    /missing\.csv cannot be read: ENOENT/,
  );
  await assert.rejects(imports.run(imports.folder), /is a folder; name a file in it/);
  await assert.rejects(imports.run("/dev/null", { format: "csv" }), /\/dev\/null is no file: a pipe/);
  const npy = await file("two.npy", await golden("float32.npy"));
  const sidecar = join(imports.folder, "ids.csv");
  await assert.rejects(imports.run(npy, { ids: sidecar }), /ids\.csv cannot be read: ENOENT/);
  await assert.rejects(imports.run(npy, { payloads: sidecar }), /ids\.csv cannot be read: ENOENT/);
  await writeFile(sidecar, "");
  await assert.rejects(imports.run(npy, { ids: sidecar }), /ids\.csv: It is empty/);
  await assert.rejects(importCommand("https://example.org/a.csv", {}), /download it first/);
  await assert.rejects(
    importCommand("a.csv", { query: "select 1" }),
    /--query, --follow and --every are for postgres/,
  );
  const { results } = await imports.call("POST", "/collections/list", {});
  // None of them made a collection.
  assert.deepEqual(
    results.map((made: any) => made.collection_name),
    ["ragged"],
  );
});

test("what was sent before a break stays, and with --strict a wrong document ends the import", async () => {
  const whole = (await golden("pyarrow.arrows")).subarray(0, -1500);
  const path = await file("break.arrows", whole);
  await assert.rejects(imports.run(path, { collection: "broke" }), /break\.arrows: It is cut off/);
  assert.equal((await imports.call("GET", "/collections/broke")).document_count, 25);
  assert.match(imports.said.at(-1)!, /25 rows are in; the same command goes on there/);
  const ragged = await file("strict.parquet", parquet([[1, 2], [3], [4, 5]]));
  await assert.rejects(
    imports.run(ragged, { collection: "strict", strict: true }),
    /1 of 3 documents are wrong and strict is true/,
  );
  assert.equal((await imports.call("GET", "/collections/strict")).document_count, 0);
});

test("whole numbers of rows keep their digits, as ids and in payloads, and names of columns are only names", async () => {
  const rows = ["88", "89"].map(
    (end) => `{"id":12345678901234567${end},"of":12345678901234567${end},"__proto__":1,"v":[0.5,1]}`,
  );
  for (const [name, content] of [
    ["snow.ndjson", rows.join("\n")],
    ["snow.json", `[${rows.join(",")}]`],
  ] as const) {
    const collection = name.replace(".", "-");
    await imports.run(await file(name, content), { collection });
    const stored = await imports.contents(collection);
    assert.deepEqual(
      stored.map(({ document_id, of }) => [document_id, of]),
      ["1234567890123456788", "1234567890123456789"].map((digits) => [digits, digits]),
    );
    assert.deepEqual(Object.getOwnPropertyDescriptor(stored[0], "__proto__")?.value, 1);
  }
  const ids = await file(
    "snow-ids.json",
    `[${Array.from({ length: 60 }, (_, i) => 10n ** 18n + BigInt(i)).join(",")}]`,
  );
  const npy = await file("snow.npy", await golden("float32.npy"));
  await imports.run(npy, { collection: "snow-npy", ids });
  assert.equal((await imports.contents("snow-npy"))[59].document_id, "1000000000000000059");
});
