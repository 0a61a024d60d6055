import assert from "node:assert/strict";
import { rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../../../../test/factories/whole-app.ts";
import { ManualClock } from "../../db/database-clock.ts";
import { addMs } from "../../platform/clock.ts";
import { createWorker, type Worker } from "../../runs/worker.ts";
import { encodeCursor } from "../../http/list-page.ts";
import type { PlacementListing } from "./list-placements.ts";
import { placeCluster } from "./place-cluster.ts";
import { createPlacer, type Placer } from "./placer.ts";
import { claimPlacing, PlacingLost } from "./lease.ts";

let database: TestDatabase;
let whole: WholeApp;
let tenant: TestTenant;
let worker: Worker;
let placer: Placer;
const clock = new ManualClock(new Date("2026-05-01T12:00:00Z"));

before(async () => {
  database = await createTestDatabase();
  whole = await createWholeApp(database.db, { clock });
  worker = createWorker(whole.rooms.runs);
  placer = createPlacer(whole.rooms.placement);
});
after(async () => {
  await worker.stop();
  await whole.rooms.placement.pool.stop();
  await whole.close();
  await database.close();
});
beforeEach(async () => {
  await sql`delete from clusters`.execute(database.db.sql);
  await sql`delete from placements`.execute(database.db.sql);
  tenant = await createTenant(database.db);
});

async function send(method: string, url: string, payload?: unknown) {
  const answer = await whole.app.inject({
    ...{ method: method as "GET", url, headers: tenant.headers },
    ...(payload === undefined ? {} : { payload: payload as object }),
  });
  return { status: answer.statusCode, body: answer.body === "" ? undefined : answer.json() };
}

async function ok(method: string, url: string, payload?: unknown): Promise<any> {
  const { status, body } = await send(method, url, payload);
  assert.ok(status < 300, `${method} ${url} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

const FEATURES = [
  { name: "v", dimensions: 2 },
  { name: "w", dimensions: 2 },
];

/** Left and right of the middle, told by `v`; `w` tells the same by up and down. */
const documentsAt = (from: number, count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => {
    const side = (from + i) % 2 === 0 ? 10 : -10;
    return {
      document_id: `d${from + i}`,
      payload: { side },
      vectors: { v: [side, (from + i) / 100], w: [(from + i) / 100, side] },
      ...more,
    };
  });

async function collect(name = "things", count = 40): Promise<string> {
  const { collection_id } = await ok("POST", "/v1/collections", {
    collection_name: name,
    features: FEATURES,
  });
  if (count > 0) await ingest(documentsAt(0, count), name);
  return collection_id;
}

const ingest = (documents: readonly object[], name = "things") =>
  ok("POST", `/v1/collections/${name}/documents/ingest`, { documents });

const kmeans = {
  clustering_method: "kmeans",
  algorithm_params: { n_clusters: 2 },
  feature_uri: "v",
  normalize_features: false,
};
const dbscan = {
  clustering_method: "dbscan",
  algorithm_params: { eps: 2 },
  feature_uri: "v",
  normalize_features: false,
};

async function create(vector_config: object = kmeans, fields: object = {}): Promise<string> {
  const request = { collection_ids: ["things"], vector_config, place_new_documents: true, ...fields };
  return (await ok("POST", "/v1/clusters", request)).cluster_id;
}

/** Runs the cluster; the clusters of its members by document. */
async function run(clusterId: string) {
  clock.instant = addMs(clock.instant, 1000);
  await ok("POST", `/v1/clusters/${clusterId}/execute`);
  await worker.runOnce();
  const { run_id, status, error_message } = await ok("GET", `/v1/clusters/${clusterId}/executions`);
  assert.equal(status, "completed", error_message);
  const request = { include_members: true, limit: 10_000 };
  const { members } = await ok("POST", `/v1/clusters/${clusterId}/executions/${run_id}/data`, request);
  const of = new Map<string, any>(members.map((member: any) => [member.document_id, member]));
  return { runId: run_id as string, of };
}

/** Works until there is nothing to do. */
async function place(): Promise<number> {
  for (let rounds = 0; ; rounds++) {
    clock.instant = addMs(clock.instant, 1);
    const { claimed } = await placer.runOnce();
    if (claimed === 0) return rounds;
    assert.ok(rounds < 100, "the placer does not come to an end");
  }
}

const placementsOf = (clusterId: string, query = "") =>
  ok("GET", `/v1/clusters/${clusterId}/placements?limit=1000${query}`);

const placed = async (clusterId: string) =>
  new Map<string, any>(
    (await placementsOf(clusterId)).placements.map((one: any) => [one.document_id, one.cluster_id]),
  );

/** A file of the last run. */
async function artifactOf(clusterId: string, name: string): Promise<string> {
  const { rows } = await sql<{ artifact_path: string }>`
    select artifact_path from executions where cluster_id = ${clusterId}
    order by triggered_at desc limit 1`.execute(database.db.sql);
  return join(whole.rooms.placement.storageFolder, rows[0]!.artifact_path, name);
}

describe("documents that come after a run", () => {
  it("get the cluster of the run's rules, with its label and distance, and say that it is predicted", async () => {
    const collectionId = await collect();
    const clusterId = await create();
    assert.equal((await ok("GET", `/v1/clusters/${clusterId}`)).placement.state, "waiting_for_run");
    const { runId, of } = await run(clusterId);
    await place();
    assert.deepEqual((await ok("GET", `/v1/clusters/${clusterId}`)).placement, {
      ...{ state: "current", message: null, run_id: runId, placed: 0, unplaced: 0 },
      ...{ unplaced_share: null, settled: null },
    });
    await ingest(documentsAt(40, 5));
    assert.equal((await ok("GET", `/v1/clusters/${clusterId}`)).placement.state, "placing");
    await place();
    const { placements, placement, next_cursor } = await placementsOf(clusterId);
    assert.equal(next_cursor, null);
    assert.deepEqual(
      placements.map(({ document_id, cluster_id }: any) => [document_id, cluster_id]),
      [40, 41, 42, 43, 44].map((i) => [`d${i}`, of.get(`d${i % 2}`).cluster_id]),
    );
    const { placed_at, distance, label, ...first } = placements[0];
    assert.deepEqual(first, {
      ...{ document_id: "d40", collection_id: collectionId, cluster_id: of.get("d0").cluster_id },
      ...{ feature: null, predicted: true },
    });
    assert.ok(Math.abs(distance - 0.21) < 1e-5, `40 is 0.21 from the mean of the even ones: ${distance}`);
    assert.equal(typeof label, "string");
    assert.ok(Date.parse(placed_at) <= clock.instant.getTime());
    assert.deepEqual([placement.state, placement.placed, placement.unplaced_share], ["current", 5, 0]);
    assert.equal(await place(), 0, "nothing is left to do");
  });

  it("that belong nowhere are counted and listed", async () => {
    await collect();
    const clusterId = await create(dbscan);
    await run(clusterId);
    await ingest([...documentsAt(40, 3), { document_id: "far", vectors: { v: [0, 500] } }]);
    await place();
    const { placements, placement } = await placementsOf(clusterId, "&unplaced=true");
    assert.deepEqual(
      placements.map((one: any) => [one.document_id, one.cluster_id, one.label, one.distance]),
      [["far", null, null, null]],
    );
    assert.deepEqual([placement.placed, placement.unplaced, placement.unplaced_share], [3, 1, 0.25]);
    const one = await placementsOf(clusterId, "&document_id=d41");
    assert.deepEqual(
      one.placements.map((found: any) => found.document_id),
      ["d41"],
    );
    assert.deepEqual((await placementsOf(clusterId, "&document_id=nobody")).placements, []);
  });

  it("have the label that a person has given to their cluster", async () => {
    await collect();
    const clusterId = await create();
    const { of } = await run(clusterId);
    await ingest(documentsAt(40, 2));
    await place();
    const given = of.get("d0").cluster_id;
    await ok("PATCH", `/v1/clusters/${clusterId}/labels`, { labels: { [given]: "The right ones" } });
    const { centroids } = await ok("GET", `/v1/clusters/${clusterId}/executions`);
    const labels = new Map(centroids.map((one: any) => [one.cluster_id, one.label]));
    assert.equal(labels.get(given), "The right ones");
    for (const { cluster_id, label } of (await placementsOf(clusterId)).placements) {
      assert.equal(label, labels.get(cluster_id));
    }
  });

  it("without the vector, outside the filter or read by the run are not placed", async () => {
    await collect();
    const filters = { AND: [{ field: "side", operator: "eq", value: 10 }] };
    const clusterId = await create({ ...kmeans, algorithm_params: { n_clusters: 2 } }, { filters });
    await run(clusterId);
    await ingest([
      ...documentsAt(40, 4),
      { document_id: "blind", payload: { side: 10 }, vectors: { w: [1, 1] } },
    ]);
    await place();
    assert.deepEqual([...(await placed(clusterId)).keys()], ["d40", "d42"]);
  });

  it("are settled by the next run, which is compared with what was predicted", async () => {
    await collect();
    const clusterId = await create();
    await run(clusterId);
    await ingest(documentsAt(40, 60));
    await place();
    assert.equal((await placed(clusterId)).size, 60);
    const { runId, of } = await run(clusterId);
    const before = await placed(clusterId);
    assert.ok([...before].every(([id, cluster]) => of.get(id).cluster_id === cluster));
    await ingest(documentsAt(100, 2));
    await place();
    const { placement, placements } = await placementsOf(clusterId);
    assert.deepEqual(
      placements.map((one: any) => one.document_id),
      ["d100", "d101"],
    );
    assert.deepEqual(placement.settled, { run_id: runId, documents: 60, as_predicted: 60 });
    assert.deepEqual([placement.run_id, placement.placed], [runId, 2]);
    const { rows } = await sql<{ run_id: string }>`select distinct run_id from placements`.execute(
      database.db.sql,
    );
    assert.deepEqual(rows, [{ run_id: runId }], "what is settled is removed");
  });

  it("are removed without a comparison where the files of the next run are gone", async () => {
    await collect();
    const clusterId = await create();
    await run(clusterId);
    await ingest(documentsAt(40, 3));
    await place();
    const { runId } = await run(clusterId);
    await rm(await artifactOf(clusterId, "members.parquet"));
    await ingest(documentsAt(43, 2));
    await place();
    const { placement } = await placementsOf(clusterId);
    assert.deepEqual([placement.state, placement.placed, placement.settled], ["current", 2, null]);
    const { rows } = await sql`select distinct run_id from placements`.execute(database.db.sql);
    assert.deepEqual(rows, [{ run_id: runId }]);
  });

  it("are placed again when their vectors change, and go when they are deleted", async () => {
    await collect();
    const clusterId = await create();
    const { of } = await run(clusterId);
    await ingest(documentsAt(40, 4));
    await place();
    await ingest([{ document_id: "d40", vectors: { v: [-10, 0] } }]);
    await ok("DELETE", "/v1/collections/things/documents/d41");
    await place();
    const found = await placed(clusterId);
    assert.equal(found.get("d40"), of.get("d1").cluster_id);
    assert.deepEqual([...found.keys()], ["d40", "d42", "d43"]);
    assert.equal((await placementsOf(clusterId)).placement.placed, 4, "counted when it was placed");
    assert.equal(await place(), 0);
  });

  it("get a place once they have the vector or pass the filter, and lose it when they do not", async () => {
    await collect();
    const filters = { AND: [{ field: "side", operator: "eq", value: 10 }] };
    const each = {
      ...kmeans,
      feature_uri: null,
      feature_uris: ["v", "w"],
      multi_feature_strategy: "independent",
    };
    const clusterId = await create(each, { filters });
    await run(clusterId);
    await ingest([...documentsAt(40, 4), { document_id: "late", payload: { side: 10 } }]);
    await place();
    const listed = async () =>
      (await placementsOf(clusterId)).placements.map((one: any) => [one.document_id, one.feature]);
    const both = (id: string) => [
      [id, "v"],
      [id, "w"],
    ];
    assert.deepEqual(await listed(), ["d40", "d42"].flatMap(both));
    await ingest([{ document_id: "late", vectors: { v: [10, 0], w: [0, 10] } }]);
    await ok("PATCH", "/v1/collections/things/documents/d40", { side: 3 });
    await ok("PATCH", "/v1/collections/things/documents/d41", { side: 10 });
    await place();
    assert.deepEqual(await listed(), ["d41", "d42", "late"].flatMap(both));
    assert.equal((await placementsOf(clusterId)).placement.placed, 6);
    assert.equal(await place(), 0);
  });

  it("are placed by several features beside each other, or by each", async () => {
    await collect();
    const both = { ...kmeans, feature_uri: null, feature_uris: ["v", "w"] };
    const weighted = await create(
      { ...both, multi_feature_strategy: "weighted", feature_weights: { v: 3, w: 1 } },
      { cluster_name: "weighted" },
    );
    const each = await create({ ...both, multi_feature_strategy: "independent" }, { cluster_name: "each" });
    const { of } = await run(weighted);
    await run(each);
    // By v it is of one side, by w of the other.
    await ingest([{ document_id: "crossed", vectors: { v: [10, 0], w: [0, -10] } }]);
    await place();
    assert.equal((await placed(weighted)).get("crossed"), of.get("d0").cluster_id);
    const { placements } = await placementsOf(each);
    assert.deepEqual(
      placements.map((one: any) => one.feature),
      ["v", "w"],
    );
    assert.notEqual(placements[0].cluster_id, placements[1].cluster_id);
  });

  it("of more than a batch are all placed, each once, and listed page by page", async () => {
    await collect();
    const clusterId = await create();
    await run(clusterId);
    await ingest(documentsAt(40, 2_300));
    await ingest(documentsAt(2_340, 7));
    await place();
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const page = await ok("GET", `/v1/clusters/${clusterId}/placements?limit=900${cursor}`);
      seen.push(...page.placements.map((one: any) => one.document_id));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 2_307 }, (_, i) => `d${40 + i}`),
    );
    assert.equal((await placementsOf(clusterId)).placement.placed, 2_307);
  });
});

it("a cursor that was made up is refused", async () => {
  await collect();
  const clusterId = await create();
  const { runId } = await run(clusterId);
  await place();
  const listing: PlacementListing = { clusterId, runId, documentId: null, onlyUnplaced: false };
  const parts = ["x", "1; drop", 0.5, 1e300, -1] as const;
  const positions = [
    [],
    ["c"],
    ["c", 1],
    [1, 1, 1],
    ...parts.map((part) => ["c", 1, part]),
    ["c", "1", 1],
    ["c", 1, 1, 1],
  ];
  for (const position of positions) {
    const cursor = encodeCursor(["placements", listing], position);
    const { status, body } = await send("GET", `/v1/clusters/${clusterId}/placements?cursor=${cursor}`);
    if (status !== 200) assert.equal(body.error.code, "foreign_cursor", JSON.stringify(position));
    else assert.deepEqual([position, body.placements], [["c", 1, -1], []]);
  }
});

describe("every method", () => {
  const methods: Record<string, object> = {
    kmeans,
    "kmeans by direction after PCA": {
      ...kmeans,
      normalize_features: true,
      reduce: { method: "pca", dims: 2 },
    },
    gaussian_mixture: {
      ...kmeans,
      clustering_method: "gaussian_mixture",
      algorithm_params: { n_components: 2 },
    },
    dbscan,
    hdbscan: { ...dbscan, clustering_method: "hdbscan", algorithm_params: { min_cluster_size: 5 } },
    "agglomerative, reassigning noise": {
      ...{ ...dbscan, clustering_method: "agglomerative", reassign_noise: true },
      algorithm_params: { n_clusters: 2, linkage: "average" },
    },
    "hdbscan after UMAP": {
      ...{ ...dbscan, clustering_method: "hdbscan", algorithm_params: { min_cluster_size: 5 } },
      reduce: { method: "umap", dims: 2, n_neighbors: 5 },
    },
  };
  for (const [name, config] of Object.entries(methods)) {
    it(`places what lies among its documents: ${name}`, async () => {
      await collect("things", 80);
      const clusterId = await create(config);
      const { of } = await run(clusterId);
      // On the spot of documents that the run has read, but for the method's own idea of noise.
      const again = documentsAt(20, 40).map((document) => ({
        ...document,
        document_id: `new-${document.document_id}`,
      }));
      await ingest(again);
      await place();
      const found = await placed(clusterId);
      const same = again.filter(({ document_id }) => {
        return found.get(document_id) === of.get(document_id.slice(4)).cluster_id;
      });
      assert.ok(same.length >= 38, `${same.length} of 40`);
    });
  }

  const overflowing: Record<string, object> = {
    "after UMAP": { ...kmeans, reduce: { method: "umap", dims: 2, n_neighbors: 5 } },
    "with weights": {
      ...{ ...kmeans, feature_uri: null, feature_uris: ["v", "w"] },
      ...{ multi_feature_strategy: "weighted", feature_weights: { v: 3, w: 1 } },
    },
  };
  for (const [name, config] of Object.entries(overflowing)) {
    it(`places the others where a vector is too large for float32: ${name}`, async () => {
      await collect("things", 80);
      const clusterId = await create(config);
      const { of } = await run(clusterId);
      const huge = [3.4e38, 3.4e38];
      await ingest([{ document_id: "huge", vectors: { v: huge, w: huge } }, ...documentsAt(80, 3)]);
      await place();
      const found = await placed(clusterId);
      assert.deepEqual([...found.keys()], ["huge", "d80", "d81", "d82"]);
      assert.deepEqual(
        ["d80", "d81", "d82"].map((id) => found.get(id)),
        ["d0", "d1", "d0"].map((id) => of.get(id).cluster_id),
      );
    });
  }

  it("says that documents by attributes cannot be placed", async () => {
    await collect();
    const request = {
      collection_ids: ["things"],
      cluster_type: "attribute",
      attribute_config: { attributes: ["side"] },
    };
    const refused = await send("POST", "/v1/clusters", { ...request, place_new_documents: true });
    assert.equal(refused.status, 400);
    assert.match(
      refused.body.error.message,
      /groups by attributes; new documents are placed by their vectors/,
    );
    const { cluster_id } = await ok("POST", "/v1/clusters", request);
    assert.equal(
      (await send("PATCH", `/v1/clusters/${cluster_id}`, { place_new_documents: true })).status,
      400,
    );
  });
});

describe("placing turned on and off", () => {
  it("waits for the next run where the last has left no rules, and says so", async () => {
    await collect();
    const clusterId = await create(kmeans, { place_new_documents: false });
    await run(clusterId);
    assert.equal((await ok("GET", `/v1/clusters/${clusterId}`)).placement, null);
    const refused = await send("GET", `/v1/clusters/${clusterId}/placements`);
    assert.deepEqual([refused.status, refused.body.error.code], [400, "illegal_state_change"]);
    await ok("PATCH", `/v1/clusters/${clusterId}`, { place_new_documents: true });
    await ingest(documentsAt(40, 1));
    await place();
    const { placement, placements } = await placementsOf(clusterId);
    assert.equal(placement.state, "unavailable");
    assert.match(placement.message, /began before place_new_documents was turned on. Run the cluster again/);
    assert.deepEqual(placements, []);
    await run(clusterId);
    await ingest(documentsAt(41, 1));
    await place();
    assert.deepEqual([...(await placed(clusterId)).keys()], ["d41"]);
  });

  it("says that the last run's rules are damaged, and goes on with those of the next", async () => {
    await collect();
    const clusterId = await create();
    await run(clusterId);
    const file = await artifactOf(clusterId, "rules.bin");
    await truncate(file, (await stat(file)).size - 8);
    await ingest(documentsAt(40, 1));
    await place();
    const { placement } = await placementsOf(clusterId);
    assert.equal(placement.state, "unavailable");
    assert.match(placement.message, /rules is damaged. Run the cluster again/);
    await run(clusterId);
    await ingest(documentsAt(41, 1));
    await place();
    assert.deepEqual([...(await placed(clusterId)).keys()], ["d41"]);
  });

  it("removes everything once it is off", async () => {
    await collect();
    const clusterId = await create();
    await run(clusterId);
    await ingest(documentsAt(40, 3));
    await place();
    const patched = await ok("PATCH", `/v1/clusters/${clusterId}`, { place_new_documents: false });
    assert.equal(patched.placement, null);
    await place();
    const count = async (table: string) =>
      (await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(database.db.sql))
        .rows[0]!.n;
    assert.deepEqual([await count("placements"), await count("placement_progress")], [0, 0]);
  });

  for (const [when, signal] of [
    ["while all is being removed", () => AbortSignal.timeout(60_000)],
    ["before anything is removed", () => AbortSignal.abort()],
  ] as const) {
    it(`places everything again when it is turned on ${when}`, async () => {
      await collect();
      const clusterId = await create();
      await run(clusterId);
      await ingest(documentsAt(40, 3));
      await place();
      await ok("PATCH", `/v1/clusters/${clusterId}`, { place_new_documents: false });
      const removing = (await claimPlacing(database.db.sql, clock, "removing"))!;
      await ok("PATCH", `/v1/clusters/${clusterId}`, { place_new_documents: true });
      await placeCluster(whole.rooms.placement, removing, signal());
      clock.instant = addMs(clock.instant, 61_000);
      await place();
      const { placement, placements } = await placementsOf(clusterId);
      assert.deepEqual(
        placements.map((one: any) => one.document_id),
        ["d40", "d41", "d42"],
      );
      assert.deepEqual([placement.state, placement.placed], ["current", 3]);
    });
  }

  it("a deleted cluster leaves nothing, and a placer that holds it stops", async () => {
    await collect();
    const clusterId = await create();
    await run(clusterId);
    await ingest(documentsAt(40, 3));
    const claimed = (await claimPlacing(database.db.sql, clock, "somebody"))!;
    assert.equal(claimed.clusterId, clusterId);
    await ok("DELETE", `/v1/clusters/${clusterId}`);
    await assert.rejects(
      placeCluster(whole.rooms.placement, claimed, AbortSignal.timeout(60_000)),
      PlacingLost,
    );
    const { rows } = await sql`select from placements`.execute(database.db.sql);
    assert.deepEqual(rows, []);
  });

  it("does not keep others waiting until all of a large collection is placed", async () => {
    await collect("things", 40);
    await collect("others", 40);
    const large = await create();
    const small = await create(kmeans, { collection_ids: ["others"] });
    for (const clusterId of [large, small]) await run(clusterId);
    await place();
    await ingest(documentsAt(40, 2_500));
    await ingest(documentsAt(40, 1), "others");
    const impatient = createPlacer({ ...whole.rooms.placement, turnMs: 0 });
    for (let turns = 0; turns < 2; turns++) {
      clock.instant = addMs(clock.instant, 1);
      await impatient.runOnce();
    }
    const states = [large, small].map(async (id) => (await ok("GET", `/v1/clusters/${id}`)).placement);
    assert.deepEqual(
      (await Promise.all(states)).map(({ state, placed }) => ({ state, placed })),
      [
        { state: "placing", placed: 1_000 },
        { state: "current", placed: 1 },
      ],
    );
    await place();
    assert.equal((await ok("GET", `/v1/clusters/${large}`)).placement.placed, 2_500);
  });

  it("a placer that was frozen past its lease changes nothing when it comes back", async () => {
    await collect();
    const clusterId = await create();
    await run(clusterId);
    await ingest(documentsAt(40, 3));
    const frozen = (await claimPlacing(database.db.sql, clock, "frozen"))!;
    assert.equal(await claimPlacing(database.db.sql, clock, "other"), undefined, "held");
    clock.instant = addMs(clock.instant, 61_000);
    await place();
    assert.equal((await placed(clusterId)).size, 3);
    await assert.rejects(
      placeCluster(whole.rooms.placement, frozen, AbortSignal.timeout(60_000)),
      PlacingLost,
    );
    assert.equal((await placementsOf(clusterId)).placement.placed, 3);
  });

  it("a deleted collection is told, not tried for ever", async () => {
    await collect();
    await collect("others");
    const clusterId = await create(kmeans, { collection_ids: ["things", "others"] });
    await run(clusterId);
    await place();
    await ingest(documentsAt(40, 1));
    await ok("DELETE", "/v1/collections/others?force=true");
    await place();
    const { placement } = await placementsOf(clusterId);
    assert.equal(placement.state, "unavailable");
    assert.match(placement.message, /collection/);
  });
});
