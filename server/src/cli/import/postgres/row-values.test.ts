import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOf, valueReader } from "./row-values.ts";

test("a type named vector is pgvector's, wherever it was installed", () => {
  const field = { name: "embedding", typeId: 16_492, typeName: "vector" };
  assert.equal(kindOf(field), "numbers");
  assert.deepEqual(valueReader(field)("[1,-2.5,3e-05]"), [1, -2.5, 0.00003]);
  assert.equal(valueReader(field)(null), null);
});

test("texts become the values they stand for, and stay texts where a double would lose digits", () => {
  const read = (typeId: number, text: string) => valueReader({ name: "c", typeId, typeName: "" })(text);
  assert.deepEqual(read(1021, "{1,0.5,NULL,NaN}"), [1, 0.5, null, NaN]);
  assert.deepEqual(read(1022, "{}"), []);
  assert.deepEqual(read(1021, "{{1,2},{3,4}}"), "{{1,2},{3,4}}");
  // As PostgreSQL writes them: quotes and backslashes are escaped by a backslash.
  const items = read(1009, '{a,"b,c","d \\"e\\\\f",NULL,"NULL",""}');
  assert.deepEqual(items, ["a", "b,c", 'd "e\\f', null, "NULL", ""]);
  assert.equal(read(20, "9007199254740991"), 9_007_199_254_740_991);
  assert.equal(read(20, "9007199254740993"), "9007199254740993");
  assert.equal(read(1700, "19.90"), 19.9);
  assert.equal(read(1700, "12345678901234567890.12"), "12345678901234567890.12");
  assert.equal(read(701, "0.1"), 0.1);
  assert.equal(read(16, "t"), true);
  assert.deepEqual(read(3802, '{"a": [1]}'), { a: [1] });
  assert.equal(read(1184, "2026-01-02 03:04:05.6+00"), "2026-01-02T03:04:05.6Z");
  assert.equal(read(1082, "2026-01-02"), "2026-01-02");
});
