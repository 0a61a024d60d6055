import assert from "node:assert/strict";
import { test } from "node:test";
import { float, integer, message, text } from "./protobuf.ts";

/** The examples of https://protobuf.dev/programming-guides/encoding */
test("encodes fields as the specification's examples", () => {
  assert.deepEqual(integer(1, 150), [0x08, 0x96, 0x01]);
  assert.deepEqual(text(2, "testing"), [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
  assert.deepEqual(message(3, integer(1, 150)), [0x1a, 0x03, 0x08, 0x96, 0x01]);
  assert.deepEqual(float(2, -2), [0x15, 0x00, 0x00, 0x00, 0xc0]);
  assert.deepEqual(integer(20, 1), [0xa0, 0x01, 0x01]);
});
