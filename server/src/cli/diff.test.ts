import assert from "node:assert/strict";
import { test } from "node:test";

import type { ExecutionChanges } from "#contract/changes.ts";
import { changesText } from "./diff.ts";

const related = (cluster_id: string, share_before: number, share_after: number) => ({
  ...{ cluster_id, documents: 10, share_before, share_after },
});
const event = (type: ExecutionChanges["events"][number]["type"], cluster_id: string, more: object = {}) => ({
  ...{
    type,
    cluster_id,
    label: null,
    feature: null,
    size_before: 10,
    size_after: 20,
    overlap: 0,
    jaccard: 0,
  },
  ...{ shift: null, parents: [], children: [], ...more },
});
const quality = { silhouette_score: null, davies_bouldin_index: 0.5, calinski_harabasz_score: null };
const changes: ExecutionChanges = {
  ...{ cluster_id: "clust_1", run_id: "run_2", since_run_id: "run_1", sentence: "Something changed." },
  counts: { kept: 1, born: 0, returned: 0, split: 1, merged: 1, died: 0, grown: 0, shrunk: 0, moved: 1 },
  documents: { before: 1, after: 1, shared: 1, added: 0, removed: 0, moved: 1, moved_share: 1 },
  ...{ adjusted_rand_index: 0.5, normalized_mutual_information: null, features: [], clusters: [] },
  ...{ noise_share: { before: 0, after: 0.25 }, quality: { before: quality, after: quality } },
  events: [
    event("split", "cl_1", { children: [related("cl_1", 0.6, 1), related("cl_4", 0.4, 1)] }),
    event("merged", "cl_2", {
      label: "table, column",
      parents: [related("cl_2", 1, 0.7), related("cl_3", 1, 0.3)],
    }),
    event("moved", "cl_5", { shift: 0.5 }),
  ],
  moves: [
    {
      from: "cl_1",
      to: null,
      feature: null,
      documents: 7,
      examples: [{ document_id: "a", collection_id: "c" }],
    },
  ],
  map: { documents: 5, fit: 0.9, transform: null, note: null },
  notes: ["A note."],
};

test("what changed is readable: the sentence, events with what led to them, moves, figures", () => {
  const lines = changesText(changes).split("\n");
  assert.deepEqual(lines.slice(0, 2), ["run_1 → run_2", "Something changed."]);
  const has = (pattern: RegExp) =>
    assert.ok(
      lines.some((line) => pattern.test(line)),
      String(pattern),
    );
  has(/^split +cl_1 .* into cl_1 60\.0 %, cl_4 40\.0 %$/);
  has(/^merged +cl_2 +table, column +10 +20 +of cl_2 70\.0 %, cl_3 30\.0 %$/);
  has(/^moved +cl_5 .* by 0\.50 of its spread$/);
  has(/^cl_1 +noise +7 +a$/);
  has(/^noise +0\.0 % +25\.0 %$/);
  has(/adjusted Rand index 0\.500, normalized mutual information -/);
  has(/^maps: 90\.0 % /);
  assert.equal(lines.at(-1), "A note.");
});
