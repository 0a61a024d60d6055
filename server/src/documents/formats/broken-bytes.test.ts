import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { RecordBatch } from "apache-arrow";

import { createTestFolder } from "../../../../test/factories/database.ts";
import { seededRandom } from "../../../../test/factories/random.ts";
import { openArrowFile } from "./arrow/open-arrow-file.ts";
import { openArrow, type ArrowStream } from "./arrow/open-arrow.ts";
import { openFile, type OpenFile } from "./bytes-at.ts";
import { mapColumns, type ColumnMapping } from "./columns/map-columns.ts";
import { documentsOf } from "./documents-of.ts";
import { openNpy, type NpyStream } from "./npy/open-npy.ts";
import { openParquet, type ParquetSource } from "./parquet/open-parquet.ts";
import { Unreadable } from "./unreadable.ts";

const GOLDEN = new URL("../../../../test/formats/golden/", import.meta.url);
const FEATURES = [{ name: "embedding", dimensions: 8 }];
const FLAGS = { id: "id", vector: "vector", payload: "payload" };
let folder: string;
let remove: () => Promise<void>;
before(async () => {
  ({ folder, remove } = await createTestFolder());
});
after(() => remove());

const MAX_BODY = 64 * 1024 * 1024;

// eslint-disable-next-line @typescript-eslint/require-await
async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

/** How many rows of a file became documents, whatever is in it. */
async function read(name: string, bytes: Uint8Array): Promise<number> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const file = await openFile(path);
  try {
    return await readFrom(name, bytes, file);
  } finally {
    await file.close();
  }
}

async function readFrom(name: string, bytes: Uint8Array, file: OpenFile): Promise<number> {
  const source =
    name.endsWith("parquet") ? await openParquet(file)
    : name.endsWith("arrow") ? await openArrowFile(file, MAX_BODY)
    : name.endsWith("npy") ? await openNpy(chunks(bytes))
    : await openArrow(chunks(bytes), MAX_BODY); // prettier-ignore
  try {
    return await countDocuments(source);
  } finally {
    if ("close" in source) await source.close();
  }
}

type Source = ParquetSource | ArrowStream | NpyStream;

async function countDocuments(source: Source): Promise<number> {
  const given = { vectors: [{ feature: "embedding", column: source.columns.at(-1)!.name }] };
  const mapping = mapColumns(source.columns, FEATURES, given, FLAGS);
  const columns = source.columns.map((column) => column.name);
  const batches = "kind" in source ? source.batches({ columns }) : source.batches();
  let rows = 0;
  for await (const batch of batches) rows += documentsIn(batch, mapping, rows);
  return rows;
}

function documentsIn(batch: RecordBatch, mapping: ColumnMapping, index: number): number {
  const { documents, errors } = documentsOf(batch, mapping, FEATURES, { index, idFor: String });
  assert.ok(documents.length + errors.length === batch.numRows);
  assert.ok(batch.numRows < 1_000_000, "a small file has no million rows");
  return batch.numRows;
}

for (const name of [
  "pyarrow.parquet",
  "pandas.parquet",
  "duckdb.parquet",
  "pyarrow.arrow",
  "pyarrow.arrows",
  "float16.npy",
]) {
  test(`${name} with bytes that are not its own is read or refused, and never worse`, async () => {
    const whole = await readFile(new URL(name, GOLDEN));
    assert.equal(await read(name, whole), 60);
    const { next } = seededRandom(name.length);
    let refused = 0;
    // Each Parquet file has a thread of its own, which takes its time.
    const rounds = name.endsWith("parquet") ? 8 : 200;
    for (let round = 0; round < rounds; round++) {
      const bytes = Buffer.from(whole);
      const changes = 1 + Math.floor(next() * 4);
      for (let i = 0; i < changes; i++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      const cut = next() < 0.2 ? bytes.subarray(0, Math.floor(next() * bytes.length)) : bytes;
      try {
        await read(name, cut);
      } catch (error) {
        assert.ok(error instanceof Unreadable, `round ${round}: ${(error as Error).stack}`);
        refused += 1;
      }
    }
    assert.ok(refused > rounds / 10, `${refused} of ${rounds} were refused`);
    // What a broken one left behind does not hurt the next.
    assert.equal(await read(name, whole), 60);
  });
}
