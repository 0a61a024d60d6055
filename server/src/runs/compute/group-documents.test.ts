import assert from "node:assert/strict";
import { test } from "node:test";

import { groupDocuments } from "./group-documents.ts";

const definition = { algorithm: "attribute_based", attributes: ["id"], hierarchicalGrouping: false } as const;
const different = (count: number) => Array.from({ length: count }, (_, i) => [`value-${i}`]);

test("an identifier is no attribute to group by", () => {
  assert.equal(groupDocuments(different(1000), definition).clusters.length, 1000);
  assert.throws(() => groupDocuments(different(100_001), definition), {
    code: "too_many_clusters",
    message: /100001 different values of id, .* at most 100000 groups/,
  });
});

test("an attribute that no document has is told, as it may be misspelt", () => {
  const two = { ...definition, attributes: ["city", "contry"] };
  const { clusters, metrics } = groupDocuments(
    [
      ["paris", null],
      ["lyon", null],
      [null, null],
    ],
    two,
  );
  assert.equal(clusters.length, 3);
  assert.match(metrics.notes.join(), /No document has a value of contry\. Is it spelt as in the documents\?/);
  assert.doesNotMatch(groupDocuments([["paris"], [null]], definition).metrics.notes.join(), /No document/);
});
