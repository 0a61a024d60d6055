import assert from "node:assert/strict";
import { test } from "node:test";

import { attributeKeywords, attributeLabel } from "./attribute-labels.ts";
import { centresAlike } from "./centres-alike.ts";
import { labelingErrors } from "./labeling-errors.ts";
import { showClusters } from "./show-clusters.ts";

const share = (attribute: number, value: string | number, part: number) => ({
  ...{ attribute, value, share: part, count: 1, lift: 2 },
});

test("a label by attributes names one value, or as many of one attribute as make most of the cluster", () => {
  const paths = ["digit", "meta.kind"];
  assert.equal(attributeLabel([share(0, 8, 0.9), share(0, 3, 0.3)], paths), "digit: 8");
  assert.equal(
    attributeLabel([share(0, 4, 0.5), share(1, "x", 0.5), share(0, 9, 0.4)], paths),
    "digit: 4, 9",
  );
  assert.equal(
    attributeLabel(
      [1, 2, 3, 4].map((digit) => share(0, digit, 0.2)),
      paths,
    ),
    "digit: 1, 2, 3",
  );
  assert.equal(attributeLabel([share(1, `a\n b${"x".repeat(80)}`, 1)], paths), `kind: a b${"x".repeat(57)}…`);
  assert.equal(attributeLabel([], paths), null);
  assert.deepEqual(attributeKeywords([share(0, 4, 0.5), share(1, "x", 0.5)], paths), ["digit: 4", "kind: x"]);
});

test("centres are alike by direction from their middle, each with its nearest partner", () => {
  // Far from the origin, where all cosines are 0.99 and more; around their middle, (100, 100), two pairs lie opposite each other.
  const centres = [[101, 100], [102, 100.1], [99, 100], [98, 99.9], null].map(
    (one) => one && Float32Array.from(one),
  );
  assert.deepEqual([...centresAlike(centres, 0.9)], [1, 0, 3, 2, -1]);
  assert.deepEqual([...centresAlike(centres, 0.9999)], [-1, -1, -1, -1, -1]);
  assert.deepEqual([...centresAlike([null], 0.5)], [-1]);
  assert.deepEqual([...centresAlike([Float32Array.of(1, 1)], 0.5)], [-1]);
});

test("a cluster is shown by its nearest documents and its edges, an outer one by those inside it", () => {
  const clusters = [null, 0, 0].map((parent, i) => ({
    ...{ parent, size: i === 0 ? 6 : 3, attributes: null, name: null, centre: null },
  }));
  const labels = Int32Array.of(1, 1, 1, 2, 2, 2, -1);
  const distances = Float32Array.of(3, 1, 2, 6, 5, 4, NaN);
  const contentOf = (document: number) => (document === 1 ? null : `document ${document}`);
  const shown = showClusters(
    { clusters, labels, distances },
    { keywords: [["a"], ["b"], ["c"]], contentOf, samples: 2, sampleLength: 10 },
  );
  assert.deepEqual(
    shown.map(({ samples }) => samples),
    [
      ["document 2", "document 4"],
      ["document 2", "document 0"],
      ["document 5", "document 3"],
    ],
  );
  assert.deepEqual(
    shown.map(({ index, documents, keywords }) => [index, documents, keywords]),
    [
      [0, 6, ["a"]],
      [1, 3, ["b"]],
      [2, 3, ["c"]],
    ],
  );
});

test("an excerpt is of what can be seen, also where a text begins with what cannot; one of nothing else is not shown", () => {
  const texts = [
    `${"\u200B\u2066".repeat(20)}seen behind`,
    "\u200B".repeat(1_000),
    `${"x".repeat(9)}\u{1F600}`,
  ];
  const [shown] = showClusters(
    {
      clusters: [{ parent: null, size: 3, attributes: null, name: null, centre: null }],
      labels: Int32Array.of(0, 0, 0),
      distances: null,
    },
    { keywords: [[]], contentOf: (document) => texts[document]!, samples: 5, sampleLength: 10 },
  );
  assert.deepEqual(shown!.samples, ["seen behin", "xxxxxxxxx\uFFFD"]);
});

test("errors are told by the cluster's name, a hundred lines at most", () => {
  const clusters = Array.from({ length: 300 }, (_, i) => ({ number: 7 + i }));
  assert.equal(labelingErrors([], clusters), null);
  const errors = [
    { index: null, message: "All." },
    ...clusters.map((_, index) => ({ index, message: "no" })),
  ];
  const lines = labelingErrors(errors, clusters)!;
  assert.deepEqual(
    [lines.length, lines[0], lines[1], lines[99]],
    [100, "All.", "cl_7: no", "… and 202 more"],
  );
});
