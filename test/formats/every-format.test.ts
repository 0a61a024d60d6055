import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { readDigits, readTexts } from "../../server/src/cli/demo/demo-data.ts";
import type { ImportFlags } from "../../server/src/cli/import/import-options.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createImportRoom, type ImportRoom } from "../factories/import-room.ts";
import { FORMAT_FILES, writeFormats, type PlainDocument } from "../factories/write-formats.ts";

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

/** What is expected to be stored: vectors are float32. */
function stored(documents: readonly PlainDocument[]) {
  return documents
    .map(({ document_id, payload, vectors }) => ({
      document_id,
      ...payload,
      vectors: Object.fromEntries(
        Object.entries(vectors).map(([name, numbers]) => [name, numbers.map(Math.fround)]),
      ),
    }))
    .sort((a, b) => (a.document_id < b.document_id ? -1 : 1));
}

async function everyFormat(name: string, documents: readonly PlainDocument[]): Promise<void> {
  const folder = join(imports.folder, name);
  await mkdir(folder);
  await writeFormats(folder, documents);
  const [feature, vector] = Object.entries(documents[0]!.vectors)[0]!;
  const expected = stored(documents);
  for (const file of FORMAT_FILES) {
    const collection = `${name}-${file.replaceAll(".", "-")}`;
    const flags: ImportFlags = {
      collection,
      ...(/npy/.test(file)
        ? { ids: join(folder, "ids.txt"), payloads: join(folder, "payloads.ndjson") }
        : {}),
      ...(/^documents\.(ndjson|json)$/.test(file)
        ? {}
        : { vectorColumn: [`${feature}=${/npy/.test(file) ? "vector" : "embedding"}`] }),
    };
    const { totals } = await imports.run(join(folder, file), flags);
    assert.deepEqual(
      totals,
      { ingested: documents.length, updated: 0, unchanged: 0, failed: 0, faults: [] },
      file,
    );
    const made = await imports.call("GET", `/collections/${collection}`);
    assert.deepEqual(made.features, [{ name: feature, dimensions: vector.length }]);
    const found = await imports.contents(collection);
    const own = found.map(({ document_blobs: _, _internal: __, ...document }) => document);
    assert.deepEqual(own, expected, file);
  }
}

test("the demo's texts import to identical collections from every format", async () => {
  // The feature and a field of the payload have the same name, `text`.
  await everyFormat("texts", (await readTexts()).slice(0, 300));
});

test("the demo's digits import to identical collections from every format", async () => {
  await everyFormat("digits", (await readDigits()).slice(0, 120));
});

test("an import that is done again changes nothing, with ids of its own or made ones", async () => {
  for (const file of ["pyarrow.parquet", "quoted.csv", "float16.npy", "documents.ndjson"]) {
    const collection = `again-${file.replaceAll(".", "-")}`;
    await imports.run(join(GOLDEN, file), { collection });
    const { totals } = await imports.run(join(GOLDEN, file), { collection });
    assert.deepEqual([totals.ingested, totals.unchanged], [0, 60], file);
  }
});

test("ids and payloads lie beside npy, and their numbers must be the same", async () => {
  const npy = join(GOLDEN, "float64.npy");
  const payloads = join(GOLDEN, "payloads.parquet");
  await imports.run(npy, {
    collection: "beside",
    ids: join(GOLDEN, "ids.npy"),
    payloads,
    vectorColumn: ["embedding=vector"],
  });
  await imports.run(join(GOLDEN, "pyarrow.parquet"), { collection: "inside" });
  const plain = (all: any[]) => all.map(({ _internal: _, document_blobs: __, ...document }) => document);
  assert.deepEqual(plain(await imports.contents("beside")), plain(await imports.contents("inside")));
  const short = imports.run(npy, { collection: "short", ids: join(GOLDEN, "numpy-text.csv") });
  await assert.rejects(short, /numpy-text\.csv has 5 rows and .*float64\.npy has 60; they must be the same/);
});
