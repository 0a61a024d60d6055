import assert from "node:assert/strict";
import { test } from "node:test";

import { parseExactly } from "./parse-exactly.ts";

test("whole numbers that a double does not hold are texts of their digits, at any depth", () => {
  const text =
    '{"id": 9007199254740993, "low":-9007199254740993,"list":[1234567890123456789 ], "in": {"a":1}}';
  assert.deepEqual(parseExactly(text), {
    id: "9007199254740993",
    low: "-9007199254740993",
    list: ["1234567890123456789"],
    in: { a: 1 },
  });
  assert.deepEqual(parseExactly("[1234567890123456789]"), ["1234567890123456789"]);
});

test("all others stay what JSON says", () => {
  const text =
    '{"a":9007199254740991,"b":0.12345678901234567,"c":1e20,"d":12345678901234567.5,"e":"1, 12345678901234567,","f":[1234567890123456]}';
  assert.deepEqual(parseExactly(text), JSON.parse(text));
  assert.throws(() => parseExactly('{"a": 12345678901234567,}'), SyntaxError);
});
