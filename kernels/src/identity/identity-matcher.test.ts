import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { Random } from "../random.ts";
import { type Identity, IdentityMatcher, matchIdentities } from "./identity-matcher.ts";
import type { NamedAssignment, RunAssignment } from "./run-assignment.ts";

/** A run from stretches of documents: each [label, how many], in the order of the documents. */
function labelled(...stretches: readonly (readonly [label: number, documents: number])[]): Int32Array {
  return Int32Array.from(stretches.flatMap(([label, documents]) => new Array<number>(documents).fill(label)));
}

function run(labels: Int32Array, extra: Partial<RunAssignment> = {}): RunAssignment {
  const clusters = labels.reduce((most, label) => Math.max(most, label), -1) + 1;
  const sizes = Array.from({ length: clusters }, (_, at) => labels.filter((label) => label === at).length);
  return { labels, sizes, ...extra };
}

const named = (labels: Int32Array, ids: number[], extra: Partial<RunAssignment> = {}): NamedAssignment => ({
  ...run(labels, extra),
  ids,
});

const idsOf = (identities: readonly Identity[]): (number | null)[] => identities.map(({ id }) => id);

test("the largest part of a split cluster keeps the id, the largest source of a merged one gives it", () => {
  const before = named(labelled([0, 100], [1, 60], [2, 80]), [7, 8, 9]);
  const after = run(labelled([0, 40], [1, 60], [2, 140]));
  assert.deepEqual(idsOf(matchIdentities(after, [before])), [null, 7, 9]);
});

test("a cluster that has died does not hand its id to one with other documents", () => {
  const before = named(labelled([0, 50], [1, 50], [-2, 50]), [0, 1]);
  const after = run(labelled([0, 50], [-2, 50], [1, 50]));
  assert.deepEqual(idsOf(matchIdentities(after, [before])), [0, null]);
});

test("a cluster that fell to pieces is none of them, nor is one lost in a far larger one", () => {
  const pieces = Array.from({ length: 20 }, (_, at) => [at, 10] as const);
  const whole = named(labelled([0, 200]), [3]);
  assert.deepEqual(new Set(idsOf(matchIdentities(run(labelled(...pieces)), [whole]))), new Set([null]));
  const small = named(labelled([0, 10], [-1, 190]), [3]);
  assert.deepEqual(idsOf(matchIdentities(run(labelled([0, 200])), [small])), [null]);
});

test("a cluster that blinked comes back: gone into noise, or merged with another and parted again", () => {
  const older = named(labelled([0, 60], [1, 40], [2, 30]), [4, 5, 6]);
  const noise = named(labelled([0, 60], [-1, 40], [1, 30]), [4, 6]);
  const now = run(labelled([2, 60], [0, 40], [1, 30]));
  assert.deepEqual(
    matchIdentities(now, [noise, older]).map(({ id, run }) => [id, run]),
    [
      [5, 1],
      [6, 0],
      [4, 0],
    ],
  );
  // The smaller one has grown meanwhile: by the run before alone it would go on as the larger.
  const merged = named(labelled([0, 60], [0, 40], [1, 30], [-2, 0]), [4, 6]);
  const parted = run(labelled([0, 45], [-1, 15], [1, 40], [2, 30]));
  assert.deepEqual(idsOf(matchIdentities(parted, [merged, older])), [4, 5, 6]);
  const swapped = run(labelled([0, 35], [-1, 25], [1, 40], [2, 30]));
  assert.deepEqual(idsOf(matchIdentities(swapped, [merged, older])), [4, 5, 6]);
});

test("older runs are asked only while something is open, and only so many", () => {
  const same = labelled([0, 10], [1, 10]);
  const settled = new IdentityMatcher(run(same));
  assert.equal(settled.isOpen, true);
  settled.add(named(same, [0, 1]));
  assert.equal(settled.isOpen, false);
  const open = new IdentityMatcher(run(same), { runs: 2 });
  open.add(named(labelled([0, 10], [-1, 10]), [0]));
  assert.equal(open.isOpen, true);
  open.add(named(labelled([0, 10], [-1, 10]), [0]));
  assert.equal(open.isOpen, false);
  open.add(named(same, [0, 1]));
  assert.deepEqual(idsOf(open.identities()), [0, null]);
  assert.equal(new IdentityMatcher(run(labelled([-1, 3]))).isOpen, false);
});

test("where documents were replaced, mutual nearest centroids within reach decide; never against the members", () => {
  const places = (...at: number[]) => ({ data: Float32Array.from(at), rows: at.length, cols: 1 });
  const fresh = labelled([-2, 200], [0, 100], [1, 100]);
  const gone = labelled([0, 100], [1, 100], [-2, 200]);
  const past = (...at: number[]) => named(gone, [3, 4], { centroids: places(...at), spreads: [1, 1] });
  const now = (...at: number[]) => run(fresh, { centroids: places(...at), spreads: [1, 1] });
  assert.deepEqual(
    matchIdentities(now(10.1, 0.1), [past(0, 10)]).map(({ id, by }) => [id, by]),
    [
      [4, "centroid"],
      [3, "centroid"],
    ],
  );
  assert.deepEqual(idsOf(matchIdentities(now(0.6, 10), [past(0, 10)])), [null, 4]);
  // Two beside one: only the nearer of them.
  assert.deepEqual(idsOf(matchIdentities(now(0.3, 0.2), [past(0, 10)])), [null, 3]);
  // All documents are shared and say something else than the places.
  const both = { centroids: places(0, 10), spreads: [1, 1] };
  const crossed = run(labelled([1, 100], [0, 100]), both);
  assert.deepEqual(idsOf(matchIdentities(crossed, [named(labelled([0, 100], [1, 100]), [3, 4], both)])), [4, 3]); // prettier-ignore
  // Other dimensions are not compared.
  const flat = { data: Float32Array.of(0, 0, 10, 10), rows: 2, cols: 2 };
  assert.deepEqual(idsOf(matchIdentities(run(fresh, { centroids: flat, spreads: [1, 1] }), [past(0, 10)])), [null, null]); // prettier-ignore
});

test("ties: the older id, then the cluster with the oldest document", () => {
  const halves = named(labelled([0, 10], [1, 10]), [9, 2]);
  assert.deepEqual(idsOf(matchIdentities(run(labelled([0, 20])), [halves])), [2]);
  const whole = named(labelled([0, 20]), [5]);
  assert.deepEqual(idsOf(matchIdentities(run(labelled([1, 10], [0, 10])), [whole])), [null, 5]);
  const keys = Array.from({ length: 20 }, (_, at) => 100 - at);
  assert.deepEqual(idsOf(matchIdentities(run(labelled([1, 10], [0, 10])), [whole], { keys })), [5, null]);
});

test("what cannot be matched is refused, and says why", () => {
  const good = run(labelled([0, 2]));
  assert.throws(() => matchIdentities(good, [named(labelled([0, 3]), [1])]), { code: "shape_mismatch" });
  assert.throws(() => matchIdentities(good, [named(labelled([0, 2]), [1, 2])]), { code: "shape_mismatch" });
  assert.throws(() => matchIdentities(good, [named(labelled([0, 1], [1, 1]), [1, 1])]), { code: "shape_mismatch" }); // prettier-ignore
  assert.throws(() => matchIdentities(good, [named(labelled([0, 2]), [0.5])]), { code: "bad_parameter" });
  assert.throws(() => matchIdentities({ labels: Int32Array.of(1), sizes: [1] }, []), {
    code: "bad_parameter",
  });
  assert.throws(() => matchIdentities(good, [], { keepShare: NaN }), { code: "bad_parameter" });
  assert.throws(() => matchIdentities(good, [], { runs: 0 }), { code: "bad_parameter" });
  assert.throws(() => matchIdentities(good, [], { clearJaccard: 0.4 }), { code: "bad_parameter" });
  const centroids = { data: Float32Array.of(NaN), rows: 1, cols: 1 };
  assert.throws(() => matchIdentities({ ...good, centroids }, []), { code: "not_finite" });
});

/** Three runs of the same documents, the newer derived from the older by moving some. */
const history = fc.record({
  first: fc.array(fc.integer({ min: -2, max: 5 }), { minLength: 1, maxLength: 60 }),
  moves: fc.array(fc.tuple(fc.nat(59), fc.integer({ min: -2, max: 5 })), { maxLength: 60 }),
  seed: fc.nat(),
});

function compact(labels: readonly number[]): { labels: Int32Array; clusters: number } {
  const names = [...new Set(labels.filter((label) => label >= 0))].sort((a, b) => a - b);
  return {
    labels: Int32Array.from(labels, (label) => (label < 0 ? label : names.indexOf(label))),
    clusters: names.length,
  };
}

test("numbering and order do not count, ids are given once, and no id is made up", () => {
  fc.assert(
    fc.property(history, ({ first, moves, seed }) => {
      const random = Random.seeded(seed);
      const changed = [...first];
      for (const [at, label] of moves.slice(0, moves.length / 2))
        if (at < changed.length) changed[at] = label;
      const last = [...changed];
      for (const [at, label] of moves) if (at < last.length) last[at] = label;
      const [oldest, newer, newest] = [first, changed, last].map(compact) as [Compact, Compact, Compact];
      const past = [named(newer.labels, newer.labels.length ? numbers(newer.clusters, 1) : []), named(oldest.labels, numbers(oldest.clusters, 3))]; // prettier-ignore
      const current = run(newest.labels);
      const found = idsOf(matchIdentities(current, past));

      const given = found.filter((id) => id !== null);
      assert.equal(new Set(given).size, given.length);
      const known = new Set(past.flatMap(({ ids }) => Array.from(ids)));
      assert.ok(given.every((id) => known.has(id)));

      const order = random.distinct(first.length, first.length);
      const names = random.distinct(newest.clusters, newest.clusters);
      const pastNames = past.map(({ sizes }) => random.distinct(sizes.length, sizes.length));
      const shuffled = (labels: Int32Array, to: Int32Array) =>
        Int32Array.from(order, (at) => (labels[at]! < 0 ? labels[at]! : to[labels[at]!]!));
      const renamed = past.map((one, at): NamedAssignment => {
        const ids: number[] = [];
        for (const [before, name] of pastNames[at]!.entries()) ids[name] = one.ids[before]!;
        return named(shuffled(one.labels, pastNames[at]!), ids);
      });
      const again = idsOf(
        matchIdentities(run(shuffled(newest.labels, names)), renamed, { keys: Array.from(order) }),
      );
      assert.deepEqual(Array.from(names, (name) => again[name]), found); // prettier-ignore
    }),
    { numRuns: 400 },
  );
});

test("a run on the same documents and clusters keeps every id", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 1, maxLength: 50 }), (labels) => {
      const { labels: same, clusters } = compact(labels);
      const ids = numbers(clusters, 2);
      assert.deepEqual(idsOf(matchIdentities(run(same), [named(same, ids)])), ids);
    }),
  );
});

type Compact = ReturnType<typeof compact>;

const numbers = (count: number, factor: number): number[] =>
  Array.from({ length: count }, (_, at) => at * factor);
