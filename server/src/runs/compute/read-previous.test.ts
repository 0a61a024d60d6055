import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";

import { createTestFolder } from "../../../../test/factories/database.ts";
import { kmeansDefinition } from "../../../../test/factories/runs.ts";
import { USUAL_COORDINATES } from "../../clusters/methods/steps.ts";
import { writeArtifacts } from "../artifacts/write-artifacts.ts";
import type { RunJob } from "../run-result.ts";
import { readPrevious } from "./read-previous.ts";

let storage: Awaited<ReturnType<typeof createTestFolder>>;
const clusters = [0, 1].map((number) => ({
  ...{
    number,
    numMembers: 2,
    label: null,
    keywords: null,
    attributes: null,
    parentNumber: null,
    feature: null,
  },
}));
before(async () => {
  storage = await createTestFolder();
  const members = {
    ...documentsOf(["a", "b", "c", "d", "e"]),
    labels: Int32Array.of(0, 1, 0, 1, -1),
    distances: Float32Array.of(0, 0, 1, 1, NaN),
    coordinates: { data: Float32Array.of(1, 1, 2, 2, 3, 3, NaN, NaN, 5, 5), cols: 2 },
    featureOf: () => null,
  };
  const centres = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)].map((vector) => ({
    ...{ vector, spread: 1, labelFit: 1, labelByModel: false },
  }));
  await writeArtifacts(join(storage.folder, "runs/first"), members, clusters, centres);
});
after(() => storage.remove());

function documentsOf(ids: readonly string[]) {
  // A document id is unique in its collection only: the second "a" is another document.
  const collectionOf = (document: number) => (ids.indexOf(ids[document]!) === document ? "col_1" : "col_2");
  return { length: ids.length, documentIds: { get: (row: number) => ids[row]! }, collectionOf };
}

const definition: RunJob["definition"] = {
  ...kmeansDefinition([], { n_clusters: 2 }),
  coordinates: { ...USUAL_COORDINATES, from_previous: true },
  warmStart: true,
};
const previous = { runId: "run_1", artifactPath: "runs/first", coordinates: USUAL_COORDINATES };
const read = (
  changed: Partial<RunJob>,
  ids: readonly string[] = ["c", "new", "a", "a", "d"],
  dimensions = 3,
) => {
  const job = { definition, previous, storageFolder: storage.folder, ...changed } as RunJob;
  return readPrevious(
    job,
    { feature: null, dimensions },
    documentsOf(ids) as unknown as Parameters<typeof readPrevious>[2],
  );
};

test("places are those of the same documents, in the order of this run; the others have none", async () => {
  const { places, centres, notes } = await read({});
  assert.deepEqual([...places!.data], [3, 3, NaN, NaN, 1, 1, NaN, NaN, NaN, NaN]);
  assert.deepEqual(centres, { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 2, cols: 3 });
  assert.deepEqual(notes, ["K-means starts from the 2 centroids of the run run_1."]);
});

test("nobody who asks for nothing reads anything", async () => {
  const asked = { ...definition, warmStart: false, coordinates: USUAL_COORDINATES };
  assert.deepEqual(await read({ definition: asked, previous: null }), {
    places: null,
    centres: null,
    notes: [],
  });
  // As definitions of before there was this.
  assert.deepEqual((await read({ definition: kmeansDefinition([]) })).notes, []);
});

test("what is not there or does not fit is begun afresh, and a note says why", async () => {
  for (const [changed, ids, dimensions, map, start] of [
    [{ previous: null }, undefined, 3, /no run before it/, /no run before it/],
    [
      { previous: { ...previous, artifactPath: "runs/gone" } },
      undefined,
      3,
      /artifacts .* gone/,
      /artifacts .* gone/,
    ],
    [
      { previous: { ...previous, coordinates: null } },
      undefined,
      4,
      /has no map/,
      /2 centroids of 3 dimensions, and 2 of 4 are/,
    ],
    [
      { previous: { ...previous, coordinates: { ...USUAL_COORDINATES, dims: 3 } } },
      undefined,
      2,
      /by pca in 3 dimensions, this one by pca in 2/,
      /centroids/,
    ],
    [
      { definition: { ...definition, ...kmeansDefinition([], { n_clusters: 3 }) } },
      ["x", "d"],
      3,
      /no document of this run/,
      /2 centroids of 3 dimensions, and 3 of 3/,
    ],
  ] as const) {
    const { places, centres, notes } = await read(changed, ids, dimensions);
    assert.deepEqual([places, centres], [null, null]);
    assert.match(notes[0]!, map);
    assert.match(notes[0]!, /^The map begins afresh: .*\.$/);
    assert.match(notes[1]!, start);
    assert.match(notes[1]!, /^K-means starts afresh: .*\.$/);
  }
});
