import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { compareRuns } from "./compare-runs.ts";
import type { ClusterEvent } from "./events.ts";
import type { NamedAssignment } from "./run-assignment.ts";

function run(
  ids: readonly number[],
  ...stretches: readonly (readonly [label: number, documents: number])[]
): NamedAssignment {
  const labels = Int32Array.from(stretches.flatMap(([label, documents]) => new Array<number>(documents).fill(label))); // prettier-ignore
  return { ids, labels, sizes: ids.map((_, at) => labels.filter((label) => label === at).length) };
}

const told = (events: readonly ClusterEvent[]): string[] =>
  events.map(({ type, id, parents, children }) =>
    [type, id, ...[...parents, ...children].map((one) => one.id)].join(" "),
  );

test("a split, a merge, a birth, a death, each told once with its figures", () => {
  // 1 splits into 1 and 5; 2 and 3 become 2; 4 dies into noise; 6 is made of new documents; 7 goes on.
  const before = run([1, 2, 3, 4, 7], [0, 60], [0, 40], [1, 50], [2, 30], [3, 20], [4, 50], [-2, 35]);
  const after = run([1, 5, 2, 6, 7], [0, 60], [1, 40], [2, 50], [2, 30], [-1, 20], [4, 50], [3, 35]);
  const found = compareRuns(before, after);
  assert.deepEqual(told(found.events), ["born 6", "split 1 1 5", "merged 2 2 3", "died 4"]);
  const [, split, merged] = found.events as [ClusterEvent, ClusterEvent, ClusterEvent];
  assert.deepEqual(
    split.children.map((part) => [part.id, part.documents, part.shareBefore, part.shareAfter]),
    [
      [1, 60, 0.6, 1],
      [5, 40, 0.4, 1],
    ],
  );
  assert.deepEqual(
    [merged.sizeBefore, merged.sizeAfter, merged.overlap, merged.jaccard],
    [50, 80, 50, 0.625],
  );
  assert.deepEqual([found.shared, found.added, found.removed, found.moved], [250, 35, 0, 90]);
  assert.deepEqual(
    found.flows.map(({ from, to, documents, examples }) => [
      from,
      to,
      documents,
      examples[0],
      examples.length,
    ]),
    [
      [1, 5, 40, 60, 5],
      [3, 2, 30, 150, 5],
      [4, null, 20, 180, 5],
    ],
  );
});

test("a few shared documents make no child of a cluster of new ones, and no merge of one whose documents were removed", () => {
  const before = run([1, 2], [0, 100], [0, 3], [1, 2], [1, 98], [-2, 200]);
  const after = run([1, 3], [0, 100], [1, 3], [0, 2], [-2, 98], [1, 200]);
  assert.deepEqual(told(compareRuns(before, after).events), ["born 3 1", "died 2 1"]);
});

test("a new id that was there earlier has returned", () => {
  const before = run([1], [0, 10], [-1, 10]);
  const after = run([1, 0], [0, 10], [1, 10]);
  assert.deepEqual(told(compareRuns(before, after, { returned: (id) => id === 0 }).events), ["returned 0"]);
});

test("growing and shrinking need a fifth and two standard deviations; a split cluster has not shrunk too", () => {
  const sized = (id: number, size: number): NamedAssignment => ({ ids: [id], labels: new Int32Array(0), sizes: [size] }); // prettier-ignore
  const types = (from: number, to: number) => told(compareRuns(sized(1, from), sized(1, to)).events);
  assert.deepEqual(types(100, 119), []);
  assert.deepEqual(types(100, 120), ["grown 1"]);
  assert.deepEqual(types(100, 80), ["shrunk 1"]);
  assert.deepEqual(types(5, 9), []);
  assert.deepEqual(types(5, 10), ["grown 1"]);
  const split = compareRuns(run([1], [0, 50], [0, 50]), run([1, 2], [0, 50], [1, 50]));
  assert.deepEqual(told(split.events), ["split 1 1 2"]);
});

test("moving is in units of the spread, beyond what another draw of so many members gives", () => {
  const at = (x: number, members: number): NamedAssignment => ({
    ids: [1],
    labels: new Int32Array(0),
    sizes: [members],
    centroids: { data: Float32Array.of(x, 0), rows: 1, cols: 2 },
    spreads: [2],
  });
  assert.equal(compareRuns(at(0, 1000), at(1, 1000)).clusters[0]!.shift, 0.5);
  assert.deepEqual(told(compareRuns(at(0, 1000), at(1, 1000)).events), ["moved 1"]);
  assert.deepEqual(told(compareRuns(at(0, 10), at(1, 10)).events), []);
  assert.deepEqual(told(compareRuns(at(0, 1000), at(0.4, 1000)).events), []);
});

test("nothing shared, nothing there", () => {
  const found = compareRuns(run([0], [0, 5], [-2, 5]), run([1], [-2, 5], [0, 5]));
  assert.deepEqual(told(found.events), ["born 1", "died 0"]);
  assert.equal(found.adjustedRand, null);
  const empty = compareRuns(run([]), run([]));
  assert.deepEqual([empty.clusters, empty.events, empty.shared], [[], [], 0]);
});

const labels = fc.array(fc.tuple(fc.integer({ min: -2, max: 3 }), fc.integer({ min: -2, max: 3 })), {
  minLength: 1,
  maxLength: 60,
});

test("every id that came or went is told, the way back has the same figures, and no document is lost", () => {
  fc.assert(
    fc.property(labels, fc.integer({ min: 0, max: 4 }), (pairs, offset) => {
      const side = (which: 0 | 1, first: number): NamedAssignment => {
        const own = Int32Array.from(pairs, (pair) => pair[which]);
        const sizes = [0, 1, 2, 3].map((label) => own.filter((one) => one === label).length);
        return { ids: [0, 1, 2, 3].map((label) => label + first), labels: own, sizes };
      };
      const [before, after] = [side(0, 0), side(1, offset)];
      const there = compareRuns(before, after);
      const back = compareRuns(after, before);
      for (const one of there.clusters) {
        const came = one.before === null;
        if (!came && one.after !== null) continue;
        const mentions = there.events.filter(
          ({ type, id, parents, children }) =>
            id === one.id ||
            (type === (came ? "split" : "merged") && [...parents, ...children].some((r) => r.id === one.id)),
        );
        assert.ok(mentions.length > 0, `${one.id} is not told of`);
      }
      assert.equal(there.moved, back.moved);
      assert.equal(there.added, back.removed);
      assert.ok(Math.abs((there.adjustedRand ?? 0) - (back.adjustedRand ?? 0)) < 1e-12);
      const kept = there.clusters.reduce((sum, { overlap }) => sum + overlap, 0);
      const noise = pairs.filter(([a, b]) => a === -1 && b === -1).length;
      assert.equal(there.shared, kept + noise + there.moved);
    }),
    { numRuns: 300 },
  );
});
