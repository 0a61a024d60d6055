import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { readDigits, readTexts } from "../../server/src/cli/demo/demo-data.ts";
import { createLabelWorld, inGroups, kmeans, type LabelWorld } from "./label-world.ts";

let world: LabelWorld;
before(async () => {
  world = await createLabelWorld(null);
});
after(() => world.close());

const labelsOf = async (clusterId: string) =>
  (await world.run(clusterId)).centroids!.map(({ label }) => label);
const bare = (vector: number[]) => ({ vector });

/**
 * Share of the documents whose own value is named in their cluster's label, and of those that have their cluster's most frequent
 * value: what labels of one value each could name at most.
 */
async function named(clusterId: string, valueOf: (documentId: string) => string) {
  const { run_id, centroids } = await world.run(clusterId);
  const labels = new Map(centroids!.map(({ cluster_id, label }) => [cluster_id, label ?? ""]));
  const { members } = await world.call<any>(
    "GET",
    `/v1/clusters/${clusterId}/executions/${run_id}/artifacts?include_members=true&limit=10000`,
  );
  const right = members.filter(({ document_id, cluster_id }: any) =>
    labels
      .get(cluster_id)!
      .split(/: |, | \(/)
      .includes(valueOf(document_id)),
  );
  const counts = new Map<string, Map<string, number>>();
  for (const { document_id, cluster_id } of members) {
    const own = counts.get(cluster_id) ?? new Map<string, number>();
    counts.set(cluster_id, own.set(valueOf(document_id), (own.get(valueOf(document_id)) ?? 0) + 1));
  }
  const most = [...counts.values()].reduce((sum, own) => sum + Math.max(...own.values()), 0);
  return { share: right.length / members.length, purity: most / members.length };
}

describe("labels by attributes", () => {
  it("name clusters of digits by what they are", async (t) => {
    const digits = (await readDigits()).slice(0, 2_000);
    await world.fill(
      "digits",
      784,
      digits.map(({ vectors, ...rest }) => ({ ...rest, vectors: bare(vectors.pixels!) })),
    );
    const clusterId = await world.create(["digits"], kmeans(30));
    const { share, purity } = await named(clusterId, (id) => id.split("-")[1]!);
    t.diagnostic(
      `digits: ${share.toFixed(3)} are named by their cluster's label, purity ${purity.toFixed(3)}`,
    );
    assert.ok(share >= purity, `${share}, ${purity}`);
    const { centroids } = await world.run(clusterId);
    for (const { label, keywords } of centroids!) {
      assert.match(label!, /^digit: \d(, \d){0,2}( \(\d+\))?$/);
      assert.match(keywords![0]!, /^digit: \d$/);
    }
  });

  it("name clusters of real texts by their category where the texts are left out", async (t) => {
    const texts = await readTexts();
    await world.fill(
      "passages",
      384,
      texts.map(({ document_id, payload: { category }, vectors }) => ({
        ...{ document_id, payload: { category }, vectors: bare(vectors.text!) },
      })),
    );
    const categories = new Map(
      texts.map(({ document_id, payload }) => [document_id, String(payload.category)]),
    );
    const clusterId = await world.create(["passages"], kmeans(12));
    const { share, purity } = await named(clusterId, (id) => categories.get(id)!);
    const labels = await labelsOf(clusterId);
    t.diagnostic(`passages: ${share.toFixed(3)}, purity ${purity.toFixed(3)}: ${labels.join(" | ")}`);
    assert.ok(labels.filter((label) => label !== null).length >= 6, labels.join(" | "));
  });

  it("of documents with text are not used: words say more", async () => {
    await world.fill(
      "both",
      2,
      inGroups(6, [() => ({ title: "cats purr", kind: "a" }), () => ({ title: "dogs bark", kind: "b" })]),
    );
    assert.deepEqual((await labelsOf(await world.create(["both"], kmeans(2)))).sort(), [
      "bark, dogs",
      "cats, purr",
    ]);
  });

  it("are of the paths that are named as inputs", async () => {
    const payloads = [1, 2].map((kind, k) => (i: number) => ({
      other: k,
      meta: { kind },
      id: `id-${i}`,
    }));
    await world.fill("nested", 2, inGroups(8, payloads));
    const input_mappings = [{ input_key: "kind", path: "meta.kind" }];
    const labels = await labelsOf(
      await world.create(["nested"], kmeans(2, { llm_labeling: { labeling_inputs: { input_mappings } } })),
    );
    assert.deepEqual(labels.sort(), ["kind: 1", "kind: 2"]);
  });

  it("that are different in each document, or the same in all, name nothing", async () => {
    await world.fill(
      "ids",
      2,
      inGroups(20, [(i) => ({ id: `i${i}`, at: i, all: 1 }), (i) => ({ id: `i${i}`, at: i, all: 1 })]),
    );
    assert.deepEqual(await labelsOf(await world.create(["ids"], kmeans(2))), [null, null]);
  });

  it("are read again from the same snapshot, whatever has become of the documents", async () => {
    const clusterId = await world.create(["nested"], kmeans(2));
    const first = await world.run(clusterId);
    const documents = inGroups(8, [() => ({ other: 9, id: "z" }), () => ({ other: 9, id: "z" })]);
    await world.call("POST", "/v1/collections/nested/documents/ingest", { documents });
    await world.call("POST", `/v1/clusters/${clusterId}/execute`, { same_data_as: first.run_id });
    await world.worker.runOnce();
    const again = await world.call<any>("GET", `/v1/clusters/${clusterId}/executions`);
    assert.notEqual(again.run_id, first.run_id);
    assert.deepEqual(again.centroids.map(({ label }: any) => label).sort(), ["other: 0", "other: 1"]);
  });
});

describe("labels by embeddings", () => {
  it("take the words of the texts nearest to the centre, and a note says so", async () => {
    const words = ["zebra", "piano", "volcano"];
    await world.fill(
      "pictures",
      3,
      inGroups(
        20,
        words.map(() => () => ({})),
      ),
    );
    const captions = inGroups(
      4,
      words.map((word) => () => ({ text: `a ${word} picture` })),
      { at: 7, id: "caption" },
    );
    await world.fill("captions", 3, captions);
    const fields = kmeans(6);
    const clusterId = await world.create(["pictures", "captions"], {
      vector_config: { ...fields.vector_config, normalize_features: false },
    });
    const { centroids, metrics } = await world.run(clusterId);
    const pictures = centroids!.filter(({ num_members }) => num_members === 20);
    assert.deepEqual(pictures.map(({ keywords }) => keywords![0]).sort(), [...words].sort());
    assert.ok(pictures.every(({ label }) => words.some((word) => label!.startsWith(word))));
    assert.match(metrics!.notes.join(), /3 clusters have no text of their own/);
  });
});
