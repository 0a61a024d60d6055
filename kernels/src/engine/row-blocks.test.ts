import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blockRowsFor, blockStarts, MIN_BLOCK_ROWS } from "./row-blocks.ts";

test("blocks cover every row, inside the data, none shorter than the minimum", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: MIN_BLOCK_ROWS, max: 9000 }),
      fc.integer({ min: 2, max: 5000 }),
      fc.option(fc.integer({ min: 1, max: 3000 }), { nil: undefined }),
      (paddedRows, columns, wanted) => {
        const rows = Math.min(paddedRows, blockRowsFor(columns, wanted));
        const starts = blockStarts(paddedRows, rows);
        assert.ok(rows >= MIN_BLOCK_ROWS);
        assert.equal(starts[0], 0);
        assert.equal(starts.at(-1)! + rows, paddedRows);
        for (const [i, start] of starts.slice(1).entries()) {
          assert.ok(start > starts[i]! && start <= starts[i]! + rows);
        }
      },
    ),
  );
});

test("a block's product stays near 16 MB", () => {
  assert.equal(blockRowsFor(1000), 4194);
  assert.equal(blockRowsFor(10), 16_384);
  assert.equal(blockRowsFor(2), 16_384);
});
