import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClusterExecutionResult } from "#contract/executions.ts";
import { clustersTable } from "./run.ts";

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
