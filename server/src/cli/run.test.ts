import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClusterExecutionResult } from "#contract/executions.ts";
import { clustersTable, labelingText } from "./run.ts";

const cluster = (cluster_id: string, num_members: number, feature: string | null) => ({
  ...{
    cluster_id,
    num_members,
    feature,
    label: null,
    label_locked: false,
    summary: null,
    keywords: ["word"],
  },
  ...{ parent_cluster_id: null, attributes: null },
});

const tableOf = (centroids: ClusterExecutionResult["centroids"]) =>
  clustersTable({ centroids, metrics: null } as ClusterExecutionResult)
    .split("\n")
    .map((line) => line.trim().split(/\s+/));

test("clusters are listed largest first, with their feature where each has one of its own", () => {
  assert.deepEqual(tableOf([cluster("cl_0", 3, null), cluster("cl_1", 5, null)]), [
    ["cluster", "documents", "about"],
    ["cl_1", "5", "word"],
    ["cl_0", "3", "word"],
  ]);
  assert.deepEqual(tableOf([cluster("cl_0", 3, "text"), cluster("cl_1", 5, "image")]), [
    ["cluster", "documents", "feature", "about"],
    ["cl_1", "5", "image", "word"],
    ["cl_0", "3", "text", "word"],
  ]);
});

test("a cluster is called by its label, which a person may have given and which no other has", () => {
  const named = { ...cluster("cl_0", 3, null), label: "word (2)" };
  assert.deepEqual(tableOf([named]), [
    ["cluster", "documents", "about"],
    ["cl_0", "3", "word", "(2)"],
  ]);
});

test("what kept a language model from naming the clusters is told, and not all of many", () => {
  const text = (llm_labeling_errors: string[] | null) =>
    labelingText({ llm_labeling_errors } as ClusterExecutionResult);
  assert.equal(text(null), "");
  assert.match(text(["this server has no key for openai"]), /^\n.*this server has no key for openai/);
  assert.match(text(Array.from({ length: 7 }, (_, n) => `cl_${n}: 500`)), /cl_4: 500.*\n… and 2 more/);
});
