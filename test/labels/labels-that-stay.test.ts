import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import type { ClusterExecutionResult } from "#contract/executions.ts";
import {
  type LabelServer,
  type ModelAnswer,
  type ModelRequest,
  startLabelServer,
} from "../factories/label-server.ts";
import { createLabelWorld, inGroups, type LabelWorld } from "./label-world.ts";

let server: LabelServer;
let world: LabelWorld;
let answer: (request: ModelRequest) => ModelAnswer | undefined;
let asked: number;
let collection: string;
let collections = 0;

const WORDS = ["invoice", "login", "refund", "voucher"];
const DOCUMENTS = inGroups(
  20,
  WORDS.map((word) => (i: number) => ({ title: `${word} question number${i}` })),
) as { document_id: string; payload: { title: string }; vectors: { vector: number[] } }[];
const about = (...words: string[]) =>
  DOCUMENTS.filter(({ payload }) => words.some((word) => payload.title.startsWith(word)));

before(async () => {
  server = await startLabelServer((request) => answer(request));
  world = await createLabelWorld(server);
});
after(async () => {
  await world.close();
  await server.close();
});
beforeEach(async () => {
  answer = () => undefined;
  collection = `tickets-${collections++}`;
  await world.fill(collection, WORDS.length, about("invoice", "login", "refund"));
});

/** As many clusters as there are groups; no answer is kept, so that whoever is asked is asked anew. */
const create = (llm_labeling: object = {}) =>
  world.create([collection], {
    vector_config: {
      clustering_method: "dbscan",
      algorithm_params: { eps: 1, min_samples: 4 },
      normalize_features: false,
      coordinates: { method: "none" },
    },
    llm_labeling: { enabled: true, provider: "openai", cache_ttl_seconds: 0, ...llm_labeling },
  });
const put = (documents: readonly object[]) =>
  world.call("POST", `/v1/collections/${collection}/documents/ingest`, { documents });
/** The run, and what it has asked. */
async function run(clusterId: string) {
  asked = server.requests.length;
  const result = await world.run(clusterId);
  assert.equal(result.status, "completed");
  return { ...result, asked: server.requests.slice(asked) };
}
const told = ({ centroids }: Pick<ClusterExecutionResult, "centroids">) =>
  centroids!.map(({ cluster_id, label, summary, keywords }) => ({ cluster_id, label, summary, keywords }));
const labelsOf = (result: Pick<ClusterExecutionResult, "centroids">) =>
  Object.fromEntries(told(result).map(({ cluster_id, label }) => [cluster_id, label]));
const firstSample = ({ data }: ModelRequest): string => data.group.samples[0];

describe("a language model is not asked", () => {
  it("again where nothing has changed, and label, summary and keywords stay, run after run", async () => {
    const clusterId = await create();
    const first = await run(clusterId);
    assert.equal(first.asked.length, 3);
    for (let i = 0; i < 2; i++) {
      const again = await run(clusterId);
      assert.deepEqual(again.asked, []);
      assert.deepEqual(told(again), told(first));
      assert.equal(again.llm_labeling_errors, null);
    }
  });

  it("for clusters that were there when another is born, which alone is asked for", async () => {
    const clusterId = await create();
    const first = await run(clusterId);
    await put(about("voucher"));
    const second = await run(clusterId);
    assert.deepEqual(
      second.asked.map(firstSample).map((text) => text.split(" ")[0]),
      ["voucher"],
    );
    assert.deepEqual(labelsOf(second), { ...labelsOf(first), cl_3: "About voucher question" });
    assert.deepEqual(told(second).slice(0, 3), told(first));
  });

  it("for a label that a person gave, whatever becomes of the cluster; the others are told apart from it", async () => {
    const clusterId = await create();
    const first = await run(clusterId);
    const [[number]] = Object.entries(labelsOf(first)).filter(([, label]) => label!.includes("login")) as [
      [string, string],
    ];
    await world.call("PATCH", `/v1/clusters/${clusterId}/labels`, {
      labels: { [number]: "About voucher question" },
    });
    // Four fifths of the logins are others now.
    const more = Array.from({ length: 4 }, (_, part) =>
      about("login").map((one) => ({ ...one, document_id: `${one.document_id}-${part}` })),
    );
    await put([...more.flat(), ...about("voucher")]);
    const second = await run(clusterId);
    assert.equal(labelsOf(second)[number], "About voucher question");
    const [one, together, ...others] = second.asked;
    assert.match(firstSample(one!), /^voucher/);
    assert.deepEqual(
      together!.data.groups.map((group: any) => [group.name, group.keeps_name ?? false]).sort(),
      [
        ["About voucher question", false],
        ["About voucher question", true],
      ],
    );
    assert.deepEqual(others, []);
    assert.match(labelsOf(second).cl_3!, /^About voucher question g\d$/);
    // Given back, it needs a name again.
    await world.call("PATCH", `/v1/clusters/${clusterId}/labels`, { labels: { [number]: null } });
    const third = await run(clusterId);
    assert.deepEqual(
      third.asked.map(firstSample).map((text) => text.split(" ")[0]),
      ["login"],
    );
    assert.equal(labelsOf(third)[number], "About login question");
  });
});

describe("a language model is asked", () => {
  it("for a cluster most of which is something else now, and for no other", async () => {
    const clusterId = await create();
    const first = await run(clusterId);
    const more = Array.from({ length: 4 }, (_, part) =>
      about("login").map((one) => ({
        ...{ ...one, document_id: `${one.document_id}-${part}` },
        payload: { title: one.payload.title.replace("login", "password") },
      })),
    );
    await put(more.flat());
    answer = () => ({ answer: { label: "Passwords", summary: "Lost ones.", keywords: ["password"] } });
    const second = await run(clusterId);
    assert.equal(second.asked.length, 1);
    const changed = told(second).filter((one, at) => one.label !== told(first)[at]!.label);
    assert.deepEqual(
      changed.map(({ label, summary, keywords }) => ({ label, summary, keywords })),
      [{ label: "Passwords", summary: "Lost ones.", keywords: ["password"] }],
    );
    assert.deepEqual((await run(clusterId)).asked, []);
  });

  it("again for those that it could not name, whose keywords stand in until then", async () => {
    const clusterId = await create();
    answer = ({ data }) => (data.group.samples[0].startsWith("refund") ? { text: "no JSON" } : undefined);
    const first = await run(clusterId);
    assert.equal(first.llm_labeling_errors!.length, 1);
    const still = await run(clusterId);
    assert.deepEqual(
      still.asked.map(firstSample).map((text) => text.split(" ")[0]),
      ["refund"],
    );
    assert.deepEqual(told(still), told(first));
    assert.deepEqual(still.llm_labeling_errors, first.llm_labeling_errors);
    answer = () => undefined;
    const named = await run(clusterId);
    assert.equal(named.asked.length, 1);
    assert.equal(named.llm_labeling_errors, null);
    assert.deepEqual(
      Object.values(labelsOf(named)).sort(),
      WORDS.slice(0, 3).map((word) => `About ${word} question`),
    );
    assert.deepEqual((await run(clusterId)).asked, []);
  });

  it("to tell what is born apart from the labels that stay, which no answer can change", async () => {
    const clusterId = await create();
    const first = await run(clusterId);
    await put(about("voucher"));
    const name = { label: "About logins question", summary: "s", keywords: ["code"] };
    answer = ({ data }) =>
      data.groups
        ? { answer: { names: data.groups.map(({ id }: any) => ({ id, ...name, label: `Codes ${id}` })) } }
        : { answer: name };
    const second = await run(clusterId);
    assert.equal(second.asked.length, 2);
    const { groups } = second.asked[1]!.data;
    const kept = groups.find((group: any) => group.keeps_name);
    assert.deepEqual([groups.length, kept.name], [2, "About login question"]);
    assert.match(kept.samples[0], /^login/);
    const { cl_3: born, ...others } = labelsOf(second);
    assert.match(born!, /^Codes g\d$/);
    assert.deepEqual(others, labelsOf(first));
  });

  it("in vain to tell it apart: then a keyword does, and the labels that stay stay bare", async () => {
    const clusterId = await create();
    const first = await run(clusterId);
    await put(about("voucher"));
    const name = { label: "About login question", summary: "s", keywords: ["code"] };
    answer = ({ data }) => ({
      answer: data.groups ? { names: data.groups.map(({ id }: any) => ({ id, ...name })) } : name,
    });
    const { cl_3: born, ...others } = labelsOf(await run(clusterId));
    assert.equal(born, "About login question (voucher)");
    assert.deepEqual(others, labelsOf(first));
  });
});
