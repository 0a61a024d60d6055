import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import fc from "fast-check";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";

import { createTestFolder } from "../../../../test/factories/database.ts";
import type { RunCluster } from "../run-result.ts";
import { memberRanges } from "./member-ranges.ts";
import { readCentroids, readMembers } from "./read-artifacts.ts";
import { writeArtifacts, type Members } from "./write-artifacts.ts";

let storage: Awaited<ReturnType<typeof createTestFolder>>;
before(async () => {
  storage = await createTestFolder();
});
after(() => storage.remove());

const cluster = (number: number, numMembers: number, parentNumber: number | null = null): RunCluster => ({
  number,
  numMembers,
  label: null,
  keywords: null,
  attributes: null,
  parentNumber,
  feature: null,
});

const detail = (vector: Float32Array | null) => ({
  ...{ vector, spread: vector && 0.5, labelFit: 1, labelByModel: false },
});

const membersOf = (ids: readonly string[], labels: Int32Array, distances: Float32Array | null): Members => ({
  length: ids.length,
  documentIds: { get: (document) => ids[document]! },
  collectionOf: () => "c",
  labels,
  distances,
  coordinates: null,
  featureOf: () => null,
});

test("members of a cluster lie together, those of an inner one within their outer one's", () => {
  const ranges = memberRanges([
    cluster(5, 3, 1),
    cluster(1, 7),
    cluster(2, 4),
    cluster(3, 4, 1),
    cluster(9, 4, 2),
  ]);
  assert.deepEqual(Object.fromEntries(ranges), {
    1: { start: 0, end: 7 },
    3: { start: 0, end: 4 },
    5: { start: 4, end: 7 },
    2: { start: 7, end: 11 },
    9: { start: 7, end: 11 },
  });
});

test("what is written is read back, cluster by cluster, and no member is lost", async () => {
  const labels = fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 60 });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(labels, async (numbers) => {
      const folder = join(storage.folder, `round-${round++}`);
      const clusters = [0, 1, 2, 3, 4, 5]
        .map((number) => cluster(number, numbers.filter((n) => n === number).length))
        .filter(({ numMembers }) => numMembers > 0);
      const labels = Int32Array.from(numbers, (n) => clusters.findIndex(({ number }) => number === n));
      const distances = Float32Array.from(numbers, (_, i) => (i * 7919) % 13);
      const documentIds = numbers.map((_, i) => `d-${i}`);
      const vectors = clusters.map((_, i) => Float32Array.of(i, 0.1));
      await writeArtifacts(folder, membersOf(documentIds, labels, distances), clusters, vectors.map(detail));
      const all = await readMembers(folder, { start: 0, end: Infinity });
      assert.deepEqual(all.map((row) => row.document_id).sort(), [...documentIds].sort());
      for (const [number, range] of memberRanges(clusters)) {
        const rows = await readMembers(folder, range);
        const expected = documentIds.filter((_, i) => numbers[i] === number).sort();
        assert.deepEqual(rows.map((row) => row.document_id).sort(), expected);
        const indexOf = (row: { document_id: string }) => documentIds.indexOf(row.document_id);
        for (const [i, row] of rows.entries()) {
          const before = rows[i - 1];
          if (!before || before.distance! < row.distance!) continue;
          assert.ok(before.distance === row.distance && indexOf(before) < indexOf(row));
        }
      }
      const noise = all.slice(all.length - numbers.filter((n) => n < 0).length);
      assert.ok(noise.every((row) => row.cluster_id === null));
      const centroids = await readCentroids(folder);
      assert.deepEqual(
        centroids.map((row) => row.vector),
        vectors.map((vector) => [...vector]),
      );
    }),
    { numRuns: 20 },
  );
});

test("a page of a large artifact reads the row groups it lies in, not the file", async () => {
  const folder = join(storage.folder, "large");
  const rows = 50_000;
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 2);
  await writeArtifacts(
    folder,
    membersOf(
      Array.from(labels, (_, i) => `document-${i}`),
      labels,
      new Float32Array(rows),
    ),
    [cluster(0, rows / 2), cluster(1, rows / 2)],
    [detail(null), detail(null)],
  );
  const file = join(folder, "members.parquet");
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(file));
  assert.equal(metadata.row_groups.length, 5);
  assert.ok((await stat(file)).size > 100_000);
  const page = await readMembers(folder, { start: 24_999, end: 25_002 });
  assert.deepEqual(
    page.map((row) => [row.document_id, row.cluster_id]),
    [["document-49998", "cl_0"], ["document-1", "cl_1"], ["document-3", "cl_1"]],
  ); // prettier-ignore
});

test("groups inside a group keep their members together, in document order", async () => {
  const folder = join(storage.folder, "nested");
  const clusters = [cluster(0, 6), cluster(1, 3, 0), cluster(2, 3, 0)];
  const ids = ["a", "b", "c", "d", "e", "f"];
  await writeArtifacts(folder, membersOf(ids, Int32Array.of(2, 1, 2, 1, 2, 1), null), clusters, [
    detail(null),
    detail(null),
    detail(null),
  ]);
  const members = await readMembers(folder, { start: 0, end: 6 });
  assert.deepEqual(
    members.map((row) => row.document_id + row.cluster_id),
    ["bcl_1", "dcl_1", "fcl_1", "acl_2", "ccl_2", "ecl_2"],
  );
});
