import assert from "node:assert/strict";
import { test } from "node:test";

import { counted } from "./counted.ts";

test("one of a thing is singular, any other number plural", () => {
  const said = [0, 1, 2, 1_922].map((number) => counted(number, "document"));
  assert.deepEqual(said, ["0 documents", "1 document", "2 documents", "1,922 documents"]);
  assert.equal(counted(1, "query", "queries"), "1 query");
  assert.equal(counted(3, "query", "queries"), "3 queries");
});
