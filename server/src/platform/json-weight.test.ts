import assert from "node:assert/strict";
import { test } from "node:test";

import { tooHeavy } from "./json-weight.ts";

const weigh = (text: string) => tooHeavy(Buffer.from(text));

test("what documents look like is light, whatever their strings hold", () => {
  for (const text of [
    "{}",
    "",
    '{"a": [1, 2, {"b": null}], "c": "[[[[{{{{,,,,"}',
    `{"text": "${'\\\\\\"['.repeat(1000)}"}`,
    `{"vectors": {"a": [${"0.25,".repeat(65_535)}1]}}`,
    `[${'{"a":1,"b":[]},'.repeat(10_000)}{}]`,
    "[".repeat(200) + "]".repeat(200),
  ]) {
    assert.equal(weigh(text), undefined, text.slice(0, 50));
  }
});

test("depth, fields, items and containers have their bounds, exactly", () => {
  const fields = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(",")}}`;
  assert.equal(weigh("[".repeat(201)), "it is nested deeper than 200 levels");
  assert.equal(weigh('{"a":'.repeat(100_000)), "it is nested deeper than 200 levels");
  assert.equal(weigh(fields(100_000)), undefined);
  assert.equal(weigh(fields(100_001)), "an object in it has more than 100000 fields");
  assert.equal(weigh(`[${"0,".repeat(1_999_999)}0]`), undefined);
  assert.equal(weigh(`[${"0,".repeat(2_000_000)}0]`), "an array in it has more than 2000000 items");
  assert.equal(weigh(`[${"[],".repeat(499_998)}{}]`), undefined);
  assert.equal(weigh(`[${"[],".repeat(499_999)}{}]`), "it has more than 500000 arrays and objects");
});

test("what is no JSON at all does no harm", () => {
  for (const text of ["]]]]]", ",,,,,", '"', '"\\', "\\", "}{"]) assert.doesNotThrow(() => weigh(text));
});
