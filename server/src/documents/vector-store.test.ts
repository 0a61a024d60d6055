import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";

import { createTestFolder } from "../../../test/factories/database.ts";
import { listPins } from "./snapshots/snapshot-pins.ts";
import { VectorStore } from "./vector-store.ts";

let folder: string;
let remove: () => Promise<void>;
before(async () => {
  ({ folder, remove } = await createTestFolder());
});
after(() => remove());

test("processes that create and append to one table at once lose nothing", async () => {
  const processes = [0, 1, 2].map((number) =>
    fork(new URL("./vector-store.test-child.ts", import.meta.url), [folder, String(number)], {
      execArgv: ["--conditions=recluster-source"],
    }),
  );
  await Promise.all(processes.map((child) => once(child, "message")));
  for (const child of processes) child.send("go");
  const codes = await Promise.all(
    processes.map(async (child) => ((await once(child, "exit")) as [number])[0]),
  );
  assert.deepEqual(codes, [0, 0, 0]);
  const store = new VectorStore(folder);
  const ids = [0, 1, 2].flatMap((number) => Array.from({ length: 15 }, (_, i) => number * 100 + i));
  const found = await store.read({ collectionId: "col_shared", feature: 0 }, 3, [...ids, 99]);
  assert.deepEqual(
    [...found.keys()].sort((a, b) => a - b),
    ids,
  );
  assert.deepEqual([...found.get(203)!], [203, 0, 1]);
  await store.close();
});

test("reads nothing where there is no table, and drops what is not there", async () => {
  const store = new VectorStore(folder);
  const key = { collectionId: "col_none", feature: 0 };
  assert.equal((await store.read(key, 3, [1])).size, 0);
  assert.equal(await store.pin(key, "tag"), null);
  await store.unpin("col_none_0", "tag");
  await store.drop("col_none_0");
  await store.close();
});

test("a vector of the largest size comes back bit for bit", async () => {
  const store = new VectorStore(folder);
  const key = { collectionId: "col_large", feature: 1 };
  const vector = Float32Array.from({ length: 65_536 }, (_, i) => Math.sin(i) * 10 ** ((i % 60) - 30));
  await store.append(key, vector.length, new BigInt64Array([7n]), vector);
  assert.deepEqual((await store.read(key, vector.length, [7])).get(7), vector);
  await store.close();
});

test("pins that come and go at once are in nobody's way", async () => {
  const store = new VectorStore(folder);
  const key = { collectionId: "col_pinned", feature: 0 };
  await store.append(key, 1, BigInt64Array.of(1n), Float32Array.of(1));
  const kept = await store.pin(key, "kept");
  const pinAndLetGo = async (tag: string) => {
    for (let i = 0; i < 60; i++) {
      await store.pin(key, tag);
      await store.unpin("col_pinned_0", tag);
    }
  };
  let busy = true;
  const watching = (async () => {
    while (busy) assert.ok((await listPins(store)).some(({ tag }) => tag === "kept"));
  })();
  await Promise.all(["a", "b", "c"].map(pinAndLetGo)).finally(() => (busy = false));
  await watching;
  await Promise.all([1, 2, 3].map(() => store.unpin("col_pinned_0", "kept")));
  assert.equal(kept?.version, 2);
  assert.equal((await store.describe("col_pinned_0")).pinned_versions, 0);
  await store.close();
});
