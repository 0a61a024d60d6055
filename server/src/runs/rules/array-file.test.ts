import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { arrayBytes, DamagedArrayFile, type Plain, readArrayFile, writeArrayFile } from "./array-file.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "array-file-"));
});
after(() => rm(folder, { recursive: true }));

test("plain data and arrays of every kind come back as they were, whatever their lengths and offsets", async () => {
  const shared = Float32Array.from({ length: 40 }, (_, i) => i / 3);
  const data: Plain = {
    name: "Größe — 寸法",
    nothing: null,
    list: [true, -1.5e-300, { deep: Int32Array.of(-1, 2 ** 31 - 1, 0) }],
    lambdas: Float64Array.of(Infinity, -0, NaN, 1e-320),
    part: shared.subarray(3, 8),
    empty: new Float32Array(0),
  };
  const path = join(folder, "all");
  await writeArrayFile(path, data);
  assert.deepEqual(await readArrayFile(path), data);
  assert.equal(arrayBytes(data), 16 + 32 + 24 + 0);
});

test("numbers that JSON does not have, and arrays that it does not know, are refused", async () => {
  const path = join(folder, "refused");
  await assert.rejects(writeArrayFile(path, { a: [NaN] }), /no NaN/);
  await assert.rejects(
    writeArrayFile(path, { a: BigInt64Array.of(1n) } as unknown as Plain),
    /no BigInt64Array/,
  );
  assert.equal(await readArrayFile(join(folder, "not there")), undefined);
});

test("a file that was cut off anywhere, or is another, does not come back", async () => {
  const path = join(folder, "cut");
  await writeArrayFile(path, { x: Float32Array.of(1, 2, 3), y: Int32Array.of(1) });
  const bytes = await readFile(path);
  const padding = 4;
  for (let length = 0; length < bytes.length - padding; length++) {
    await writeFile(path, bytes.subarray(0, length));
    await assert.rejects(readArrayFile(path), DamagedArrayFile, `${length} of ${bytes.length} bytes`);
  }
  await writeFile(path, "Nothing of the kind.");
  await assert.rejects(readArrayFile(path), DamagedArrayFile);
});
