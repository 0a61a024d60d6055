import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { adjustedRandIndex, adjustedRandOf } from "../quality/adjusted-rand-index.ts";
import { normalizedMutualInformation, normalizedMutualInformationOf } from "../quality/mutual-information.ts";
import { asContingency, overlapTable } from "./overlap-table.ts";

const labels = fc.array(fc.tuple(fc.integer({ min: -2, max: 4 }), fc.integer({ min: -2, max: 6 })), {
  maxLength: 80,
});

test("counts what a naive count finds, and agreement is that of the shared documents' labels", () => {
  fc.assert(
    fc.property(labels, (pairs) => {
      const before = Int32Array.from(pairs, ([one]) => one);
      const after = Int32Array.from(pairs, ([, one]) => one);
      const table = overlapTable(before, after, { before: 5, after: 7 });
      const shared = pairs.filter(([a, b]) => a !== -2 && b !== -2);
      const count = (a: number, b: number) => shared.filter(([x, y]) => x === a && y === b).length;
      assert.equal(table.shared, shared.length);
      assert.deepEqual([...table.before], [0, 1, 2, 3, 4].map((a) => shared.filter(([x]) => x === a).length)); // prettier-ignore
      assert.equal(table.noiseAfter, shared.filter(([, y]) => y === -1).length);
      assert.equal(table.noiseBefore, shared.filter(([x]) => x === -1).length);
      const { cells } = table;
      const expected = [];
      for (let b = -1; b < 7; b++) for (let a = -1; a < 5; a++) if (count(a, b) > 0) expected.push([a, b, count(a, b)]); // prettier-ignore
      assert.deepEqual(Array.from(cells.documents, (n, at) => [cells.before[at], cells.after[at], n]), expected); // prettier-ignore
      const [x, y] = [shared.map(([a]) => a), shared.map(([, b]) => b)];
      assert.ok(Math.abs(adjustedRandOf(asContingency(table)) - adjustedRandIndex(x, y)) < 1e-12);
      const mutual = normalizedMutualInformationOf(asContingency(table));
      assert.ok(Math.abs(mutual - normalizedMutualInformation(x, y)) < 1e-12);
    }),
  );
});
