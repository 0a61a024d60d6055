import assert from "node:assert/strict";
import { test } from "node:test";

import { relabel } from "../rules/relabel.ts";
import { largestFirst } from "./largest-first.ts";

test("clusters come by their members, the lower label at a tie, noise and the empty not at all", () => {
  const labels = Int32Array.of(3, 1, -1, 1, 0, 3, -1, 4, 4, 4);
  const { order, sizes } = largestFirst(labels, 6);
  assert.deepEqual([...order], [4, 1, 3, 0]);
  assert.deepEqual([...sizes], [1, 2, 0, 2, 3, 0]);
  assert.deepEqual([...relabel(labels, order)], [2, 1, -1, 1, 3, 2, -1, 0, 0, 0]);
});

test("where all is noise there is no order, and noise stays noise", () => {
  const labels = Int32Array.of(-1, -1);
  const { order } = largestFirst(labels, 0);
  assert.deepEqual([[...order], [...relabel(labels, order)]], [[], [-1, -1]]);
});
