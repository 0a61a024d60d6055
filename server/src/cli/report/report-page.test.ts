import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClusterMetadata } from "#contract/clusters.ts";
import type { ClusterExecutionResult } from "#contract/executions.ts";
import type { ReportData, ReportedRun } from "./report-data.ts";
import { reportPage } from "./report-page.ts";

const at = "2026-03-01T12:00:00.000Z";
const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)> "'&`;

function reported(label: string, places: number[]): ReportedRun {
  const run = {
    ...{
      run_id: "run_1",
      cluster_id: "clust_1",
      status: "completed",
      num_clusters: 1,
      num_points: 2,
      created_at: at,
    },
    ...{ completed_at: at, error_message: null, metrics: null, changes: null },
    centroids: [{ cluster_id: "cl_7", num_members: 2, label }],
  } as unknown as ClusterExecutionResult;
  return {
    run,
    map: {
      places: Float32Array.from(places),
      labels: Int16Array.from(places.slice(places.length / 2), () => 0),
      clusterIds: places.length > 0 ? ["cl_7"] : [],
      documentIds: places.length > 0 ? [hostile, "b"] : [],
      members: 2,
    },
    pictures: new Map([["cl_7", ["data:image/png;base64,AAAA"]]]),
  };
}

const data: ReportData = {
  cluster: {
    ...{ cluster_id: "clust_1", cluster_name: hostile, algorithm: "kmeans", reduce: null },
    freshness: { verdict: "fresh" },
  } as unknown as ClusterMetadata,
  madeAt: new Date(at),
  after: reported(hostile, [0, 0, 1, 1]),
  before: null,
  changes: null,
  history: [],
  curves: [],
};

/** What the script of the page reads. */
function mapsOf(page: string): {
  maps: { documentIds: string[]; names: string[]; bounds: number[]; places: string }[];
} {
  return JSON.parse(/<script type="application\/json" id="maps">(.*?)<\/script>/s.exec(page)![1]!) as never;
}

test("what documents and people have written is text in the page, and nothing is loaded from elsewhere", () => {
  const page = reportPage({
    ...data,
    history: [{ ...data.after.run, status: "failed", error_message: hostile }],
    curves: [
      {
        ...{ triggerId: "trig_1", metric: hostile, threshold: 0.05, fault: null },
        points: [{ at: new Date(at), value: 0.2, fired: true }],
      },
    ],
  });
  assert.equal(page.match(/<script/g)!.length, 2);
  assert.doesNotMatch(page, /<img src=x|<script>alert/);
  assert.match(page, /default-src 'none'|default-src &#39;none&#39;|default-src &#39;none/);
  const [map] = mapsOf(page).maps;
  assert.deepEqual([map!.documentIds, map!.names], [[hostile, "b"], [hostile]]);
  assert.doesNotMatch(page, /(src|href)="https?:/);
  assert.match(page, /A large red one fired\./);
  assert.match(page, /<h3>\s*Computed\s/, "with nothing before it, it is not after anything");
});

test("the newer map is turned as the changes say, and both lie in the same bounds", () => {
  const since = reported("a", [0, 0, 2, 4]);
  const changes = {
    ...{ sentence: "All kept.", clusters: [], events: [], notes: [] },
    map: { fit: 1, transform: { matrix: [[0, -1], [1, 0]], offset: [1, 0] }, note: null, documents: 2 },
  } as never; // prettier-ignore
  const page = reportPage({ ...data, before: since, changes });
  const { maps } = mapsOf(page);
  const placesOf = (text: string) => [
    ...new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer),
  ];
  // (x, y) goes to (1 - y, x).
  assert.deepEqual(placesOf(maps[1]!.places), [1, 0, 0, 1]);
  assert.deepEqual(placesOf(maps[0]!.places), [0, 0, 2, 4]);
  assert.deepEqual(maps[0]!.bounds, maps[1]!.bounds);
  assert.match(page, /they agree to 100 %/);
});

test("a first run without a map, without measurements and without pictures is a page, too", () => {
  const page = reportPage({
    ...data,
    after: { ...reported("a", []), pictures: new Map() },
    curves: [
      { triggerId: "trig_1", metric: "mmd", threshold: 0.1, fault: null, points: [] },
      {
        triggerId: "trig_2",
        metric: "webhook",
        threshold: 3,
        fault: "The last check failed: 500.",
        points: [],
      },
    ],
  });
  for (const told of [
    /The run has no map/,
    /Nothing has been measured yet/,
    /The last check failed: 500\./,
    /The first completed run/,
    /cl_7/,
  ]) {
    assert.match(page, told);
  }
  assert.deepEqual(mapsOf(page).maps, []);
});
