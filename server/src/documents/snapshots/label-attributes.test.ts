import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { addCollection } from "../../../../test/factories/runs.ts";
import { createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { chooseAttributes, findLabelAttributes } from "./label-attributes.ts";

let database: TestDatabase;
let tenant: TestTenant;
before(async () => {
  database = await createTestDatabase();
  tenant = await createTenant(database.db);
});
after(() => database.close());

const TEXTS = { textPaths: ["title", "text"], among: null };
const add = (payloads: readonly object[]) =>
  addCollection(
    database.db,
    tenant,
    2,
    payloads.map((payload, i) => ({ id: `d${i}`, payload, vector: [i, 1] })),
  );
const many = (count: number, payload: (i: number) => object) =>
  Array.from({ length: count }, (_, i) => payload(i));

describe("the attributes that labels are made of", () => {
  it("are scalars that documents share, those of fewest values first", async () => {
    const collection = await add(
      many(40, (i) => ({
        ...{ kind: i % 3, on: i % 2 === 0, id: `id${i}`, list: [i % 2], object: { a: i % 2 } },
        ...{ constant: 1, nothing: null, long: "x".repeat(100 + (i % 2)), group: `g${i % 5}` },
      })),
    );
    assert.deepEqual(await findLabelAttributes(database.db.sql, [collection], TEXTS), [
      "on",
      "kind",
      "group",
    ]);
    const among = ["object.a", "id", "nowhere", "kind"];
    assert.deepEqual(await findLabelAttributes(database.db.sql, [collection], { ...TEXTS, among }), [
      "object.a",
      "kind",
    ]);
  });

  it("are none where half of the documents have a text, or there is no document", async () => {
    const payload = (i: number) => ({
      kind: i % 2,
      ...(i < 20 ? { title: "a text" } : { title: "", text: 7 }),
    });
    assert.deepEqual(await findLabelAttributes(database.db.sql, [await add(many(40, payload))], TEXTS), []);
    assert.deepEqual(await findLabelAttributes(database.db.sql, [await add(many(41, payload))], TEXTS), [
      "kind",
    ]);
    assert.deepEqual(await findLabelAttributes(database.db.sql, [await add([])], TEXTS), []);
  });

  it("are seen in the oldest and the newest of many documents, each counted once", async () => {
    const sorted = await add(many(2_000, (i) => ({ half: i < 1_000 ? "first" : "second", id: i })));
    assert.deepEqual(await findLabelAttributes(database.db.sql, [sorted], TEXTS), ["half"]);
    const few = await add(many(3, (i) => ({ id: i })));
    assert.deepEqual(await findLabelAttributes(database.db.sql, [few], TEXTS), []);
  });

  it("are not so many that their combinations are as many as documents", () => {
    const documents = many(1_000, (i) => ({
      a: i % 10,
      b: Math.floor(i / 10) % 10,
      c: Math.floor(i / 100),
      d: i % 2,
    }));
    assert.deepEqual(chooseAttributes(documents as Record<string, number>[]), ["d", "a", "b"]);
    const wide = many(100, (i) =>
      Object.fromEntries(many(20, (j) => [`f${j}`, i % 2]).map((_, j) => [`f${j}`, i % 2])),
    );
    assert.equal(chooseAttributes(wide as Record<string, number>[]).length, 5);
  });

  it("may have the names of an object's own members", async () => {
    const collection = await add(
      many(10, (i) => JSON.parse(`{"constructor": ${i % 2}, "toString": "${i % 2}"}`) as object),
    );
    assert.deepEqual(await findLabelAttributes(database.db.sql, [collection], TEXTS), [
      "constructor",
      "toString",
    ]);
  });
});
