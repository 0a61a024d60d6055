import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../../../../test/factories/whole-app.ts";
import { ManualClock } from "../../db/database-clock.ts";
import { addMs } from "../../platform/clock.ts";
import { createWorker, type Worker } from "../../runs/worker.ts";
import { carryOut } from "./carry-out.ts";
import { createEnricher, type Enricher } from "./enricher.ts";
import { claimEnrichment } from "./store.ts";

let database: TestDatabase;
let whole: WholeApp;
let tenant: TestTenant;
let worker: Worker;
let enricher: Enricher;
const clock = new ManualClock(new Date("2026-05-01T12:00:00Z"));

before(async () => {
  database = await createTestDatabase();
  whole = await createWholeApp(database.db, { clock });
  worker = createWorker(whole.rooms.runs);
  enricher = createEnricher(whole.rooms.enrichment);
});
after(async () => {
  await worker.stop();
  await whole.close();
  await database.close();
});
beforeEach(async () => {
  tenant = await createTenant(database.db);
});

async function send(method: string, url: string, payload?: unknown, headers = tenant.headers) {
  const answer = await whole.app.inject({
    method: method as "GET",
    url,
    headers,
    ...(payload === undefined ? {} : { payload: payload as object }),
  });
  const body = answer.body === "" ? undefined : answer.json();
  return { status: answer.statusCode, body, code: body?.error?.code as string | undefined };
}

async function ok(method: string, url: string, payload?: unknown) {
  const { status, body } = await send(method, url, payload);
  assert.ok(status < 300, `${method} ${url} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Two groups far apart, and two outliers that DBSCAN calls noise. */
const documents = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    document_id: `d${i}`,
    payload: { i, title: i % 2 === 0 ? "apples" : "whales" },
    vectors: { v: i < 2 ? [i * 50 - 25, 60] : i % 2 === 0 ? [10, i / count] : [-10, i / count] },
  }));

async function fill(name: string, list: readonly object[] = documents(30)): Promise<string> {
  const features = [{ name: "v", dimensions: 2 }];
  const { collection_id } = await ok("POST", "/v1/collections", { collection_name: name, features });
  if (list.length > 0) await ok("POST", `/v1/collections/${name}/documents/ingest`, { documents: list });
  return collection_id as string;
}

const dbscan = { clustering_method: "dbscan", algorithm_params: { eps: 2 }, normalize_features: false };

async function create(fields: object = {}): Promise<string> {
  const request = { collection_ids: ["things"], vector_config: dbscan, ...fields };
  return (await ok("POST", "/v1/clusters", request)).cluster_id as string;
}

/** Runs the cluster and returns the run with what its members are. */
async function run(clusterId: string) {
  clock.instant = addMs(clock.instant, 1000);
  await ok("POST", `/v1/clusters/${clusterId}/execute`);
  await worker.runOnce();
  const { run_id, status, error_message } = await ok("GET", `/v1/clusters/${clusterId}/executions`);
  assert.equal(status, "completed", error_message);
  const url = `/v1/clusters/${clusterId}/executions/${run_id}`;
  const data = await ok("POST", `${url}/data`, { include_members: true, limit: 10_000 });
  const labels = new Map<string, string>(data.centroids.map((c: any) => [c.cluster_id, c.label]));
  return { runId: run_id as string, members: data.members as any[], labels };
}

async function read(collection = "things"): Promise<Map<string, any>> {
  const found = new Map<string, any>();
  for (let cursor: string | null = null; ;) {
    const at = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await ok("POST", `/v1/collections/${collection}/documents/list?limit=1000${at}`, {
      return_vectors: true,
    });
    for (const document of page.results) found.set(document.document_id, document);
    cursor = page.pagination.next_cursor;
    if (cursor === null) return found;
  }
}

const bare = ({ _internal, ...document }: any) => document;
const enrichment = ({ cluster_id, cluster_label, cluster_distance, cluster_run_id }: any) => {
  return { cluster_id, cluster_label, cluster_distance, cluster_run_id };
};

/** What the documents of a run should say. */
function expected({ runId, members, labels }: Awaited<ReturnType<typeof run>>): Map<string, object> {
  return new Map(
    members.map((member) => [
      member.document_id,
      {
        cluster_id: member.cluster_id,
        cluster_label: member.cluster_id === null ? null : labels.get(member.cluster_id),
        cluster_distance: member.distance,
        cluster_run_id: runId,
      },
    ]),
  );
}

async function assertEnriched(result: Awaited<ReturnType<typeof run>>, collection = "things") {
  const found = await read(collection);
  for (const [id, fields] of expected(result)) assert.deepEqual(enrichment(found.get(id)), fields, id);
}

/** The collection's row, and what its documents add up to. */
async function figuresOf(collectionId: string) {
  const { sql } = database.db;
  const row = await sql
    .selectFrom("collections")
    .select(["size_bytes", "event_seq", "total_updated", "document_count"])
    .where("collection_id", "=", collectionId)
    .executeTakeFirstOrThrow();
  const rows = await sql
    .selectFrom("documents")
    .select(["payload", "size_bytes", "vector_ids", "content_hash", "document_id"])
    .where("collection_id", "=", collectionId)
    .orderBy("document_id")
    .execute();
  return { row, rows };
}

describe("by request", () => {
  it("writes cluster, label, distance and run into every document and leaves everything else", async () => {
    const collectionId = await fill("things");
    const clusterId = await create();
    const result = await run(clusterId);
    const [filesBefore, before] = [await figuresOf(collectionId), await read()];
    const request = { clustering_ids: [clusterId], source_collection_id: "things", batch_size: 7 };
    assert.deepEqual(await ok("POST", "/v1/clusters/enrich", request), {
      processed: 30,
      enriched: 30,
      failed: 0,
      batches: 5,
    });
    await assertEnriched(result);
    assert.equal(
      result.members.filter((member) => member.cluster_id === null).length,
      2,
      "noise is told, too",
    );
    const now = await read();
    for (const [id, document] of now) {
      const {
        cluster_id: _1,
        cluster_label: _2,
        cluster_distance: _3,
        cluster_run_id: _4,
        ...rest
      } = bare(document);
      assert.deepEqual(rest, bare(before.get(id)), "payload and vectors are as before");
    }
    const { row, rows } = await figuresOf(collectionId);
    assert.deepEqual(
      rows.map(({ vector_ids, content_hash }) => [vector_ids, content_hash]),
      filesBefore.rows.map(({ vector_ids, content_hash }) => [vector_ids, content_hash]),
    );
    for (const { payload, size_bytes } of rows) {
      assert.equal(size_bytes, Buffer.byteLength(JSON.stringify(payload)) + 8);
    }
    assert.equal(
      row.size_bytes,
      rows.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
    );
    assert.deepEqual(
      [row.event_seq, row.total_updated],
      [filesBefore.row.event_seq, filesBefore.row.total_updated],
      "no event",
    );
    const { enrichments } = await ok("GET", `/v1/clusters/${clusterId}/enrichments`);
    const [{ status, processed, requested_by, run_id }] = enrichments;
    assert.deepEqual([enrichments.length, status, processed, run_id], [1, "completed", 30, result.runId]);
    assert.match(requested_by, /@/);
  });

  it("asked for again it writes nothing and answers the same; of a later run it writes what is new", async () => {
    const collectionId = await fill("things");
    const clusterId = await create({ cluster_name: "kinds" });
    const first = await run(clusterId);
    const request = { clustering_ids: ["kinds"], source_collection_id: collectionId };
    const answer = await ok("POST", "/v1/clusters/enrich", request);
    const before = await read();
    clock.instant = addMs(clock.instant, 60_000);
    assert.deepEqual(await ok("POST", "/v1/clusters/enrich", request), answer);
    assert.deepEqual(await read(), before, "not even updated_at");
    const second = await run(clusterId);
    await ok("POST", "/v1/clusters/enrich", request);
    await assertEnriched(second);
    await ok("POST", "/v1/clusters/enrich", { ...request, clustering_ids: [first.runId] });
    await assertEnriched(first);
  });

  it("a document that is sent again as it was is unchanged and keeps what was added; another payload replaces all", async () => {
    const collectionId = await fill("things");
    const clusterId = await create();
    const result = await run(clusterId);
    await ok("POST", "/v1/clusters/enrich", { clustering_ids: [clusterId], source_collection_id: "things" });
    const again = await ok("POST", "/v1/collections/things/documents/ingest", { documents: documents(30) });
    assert.deepEqual([again.updated, again.unchanged], [0, 30]);
    await assertEnriched(result);
    const patch = await ok("PATCH", "/v1/collections/things/documents/bulk", {
      update_data: { title: "apples" },
    });
    assert.equal(patch.updated_count, 15, "those whose title is another");
    assert.equal(
      (await ok("PATCH", "/v1/collections/things/documents/bulk", { update_data: { title: "apples" } }))
        .updated_count,
      0,
    );
    await assertEnriched(result);
    const given = { document_id: "d4", payload: { i: 4, other: true } };
    await ok("POST", "/v1/collections/things/documents/ingest", { documents: [given] });
    const replaced = (await read()).get("d4");
    assert.deepEqual([replaced.other, replaced.cluster_id, replaced.title], [true, undefined, undefined]);
    const { row, rows } = await figuresOf(collectionId);
    assert.equal(
      row.size_bytes,
      rows.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
    );
  });

  it("writes into another collection by id, and counts those that it lacks as failed", async () => {
    await fill("things");
    await fill("copies", documents(40).slice(10));
    const clusterId = await create();
    const result = await run(clusterId);
    const before = await read();
    const answer = await ok("POST", "/v1/clusters/enrich", {
      clustering_ids: [clusterId],
      source_collection_id: "things",
      target_collection_id: "copies",
    });
    assert.deepEqual(answer, { processed: 30, enriched: 20, failed: 10, batches: 1 });
    const copies = await read("copies");
    assert.equal(copies.size, 30);
    for (const [id, fields] of expected(result)) {
      if (copies.has(id)) assert.deepEqual(enrichment(copies.get(id)), fields);
    }
    assert.equal(copies.get("d35").cluster_id, undefined, "no member of the run");
    assert.deepEqual(await read(), before, "the source is left alone");
  });

  it("writes under the names of the definition, of several clusters at once, and groups by attributes", async () => {
    await fill("things");
    const mapped = {
      field_mappings: [
        { source_field: "label", target_field: "topic" },
        { source_field: "keywords", target_field: "words" },
      ],
    };
    const topics = await create({ source_enrichment_config: mapped });
    const kinds = await create({
      cluster_type: "attribute",
      vector_config: null,
      attribute_config: { attributes: ["title"] },
    });
    assert.deepEqual((await ok("GET", `/v1/clusters/${topics}`)).source_enrichment_config, mapped);
    assert.equal((await ok("GET", `/v1/clusters/${topics}`)).enrich_source, false);
    const [first, second] = [await run(topics), await run(kinds)];
    const answer = await ok("POST", "/v1/clusters/enrich", {
      clustering_ids: [topics, kinds, topics],
      source_collection_id: "things",
    });
    assert.deepEqual(answer, { processed: 60, enriched: 60, failed: 0, batches: 2 });
    const found = await read();
    for (const { document_id, cluster_id } of first.members) {
      const { topic, words } = found.get(document_id);
      assert.equal(topic, cluster_id === null ? null : first.labels.get(cluster_id));
      assert.equal(words === null, cluster_id === null);
    }
    for (const { document_id, cluster_id } of second.members) {
      const document = found.get(document_id);
      assert.deepEqual(
        [document.cluster_id, document.cluster_label, document.cluster_distance],
        [cluster_id, document.title, null],
      );
    }
  });

  it("refuses what it cannot write, and writes nothing", async () => {
    await fill("things");
    await fill("others", []);
    const clusterId = await create({ cluster_name: "ran" });
    await create({ cluster_name: "never" });
    const twin = await create({ cluster_name: "twin" });
    await run(clusterId);
    await run(twin);
    const before = await read();
    const base = { clustering_ids: ["ran"], source_collection_id: "things" };
    for (const [fields, status, code] of [
      [{ clustering_ids: [] }, 422],
      [{ batch_size: 0 }, 422],
      [{ parallelism: "2" }, 422],
      [{ source_collection_id: null }, 422],
      [{ clustering_ids: ["none"] }, 404, "not_found"],
      [{ clustering_ids: ["run_none"] }, 404, "not_found"],
      [{ source_collection_id: "none" }, 404, "not_found"],
      [{ target_collection_id: "none" }, 404, "not_found"],
      [{ clustering_ids: ["never"] }, 400, "no_artifacts"],
      [{ clustering_ids: ["ran", "never"] }, 400, "no_artifacts"],
      [{ source_collection_id: "others" }, 400, "invalid_value"],
      [{ clustering_ids: ["ran", "twin"] }, 400, "invalid_value"],
    ] as [object, number, string?][]) {
      const answer = await send("POST", "/v1/clusters/enrich", { ...base, ...fields });
      assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(fields));
    }
    const reader = await createKey(database.db, tenant.organizationId, tenant.userId, ["read"]);
    const headers = { ...tenant.headers, authorization: `Bearer ${reader}` };
    assert.equal((await send("POST", "/v1/clusters/enrich", base, headers)).code, "missing_permission");
    const stranger = await createTenant(database.db);
    assert.equal((await send("POST", "/v1/clusters/enrich", base, stranger.headers)).code, "not_found");
    assert.equal(
      (await send("GET", `/v1/clusters/${clusterId}/enrichments`, undefined, stranger.headers)).code,
      "not_found",
    );
    assert.deepEqual(await read(), before);

    await ok("PATCH", "/v1/collections/things", { enabled: false });
    assert.equal((await send("POST", "/v1/clusters/enrich", base)).code, "illegal_state_change");
    assert.deepEqual(await read(), before);
    const { enrichments } = await ok("GET", `/v1/clusters/${clusterId}/enrichments`);
    assert.deepEqual([enrichments[0].status, enrichments[0].error_code], ["failed", "illegal_state_change"]);
  });
});

describe("definitions", () => {
  const mapping = (source_field: string, target_field: string) => ({ source_field, target_field });
  const refused: [unknown, number, RegExp][] = [
    [[mapping("cluster", "a")], 400, /cluster_id, label, distance, keywords, run_id/],
    [[mapping("label", "a"), mapping("cluster_id", "a")], 400, /'a' stands twice/],
    [[mapping("label", "document_id")], 400, /answers use themselves/],
    [[mapping("label", "vectors")], 400, /answers use themselves/],
    [[mapping("label", "__proto__")], 400, /answers use themselves/],
    [[mapping("label", "a.b")], 400, /no dots/],
    [[mapping("label", "")], 400, /1 to 255/],
    [[mapping("label", "x".repeat(256))], 400, /1 to 255/],
    [[mapping("label", "a\u0001")], 400, /control/],
    [[{ source_field: "label" }], 422, /target_field/],
    [[{ ...mapping("label", "a"), target: "b" }], 422, /target_field/],
    [["label"], 422, /object/],
    ["label", 422, /list/],
  ];
  for (const [field_mappings, status, message] of refused) {
    it(`refuses ${JSON.stringify(field_mappings).slice(0, 70)}`, async () => {
      await fill("things", []);
      const request = {
        collection_ids: ["things"],
        vector_config: dbscan,
        source_enrichment_config: { field_mappings },
      };
      const answer = await send("POST", "/v1/clusters", request);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(JSON.stringify(answer.body), message);
    });
  }

  it("refuses to write what it groups by, one field for several features, and a field that another writes", async () => {
    await fill("things", []);
    const features = [
      { name: "a", dimensions: 2 },
      { name: "b", dimensions: 2 },
    ];
    await ok("POST", "/v1/collections", { collection_name: "two", features });
    const grouped = { cluster_type: "attribute", attribute_config: { attributes: ["cluster_label.x"] } };
    const each = {
      ...dbscan,
      feature_uris: ["a", "b"],
      multi_feature_strategy: "independent",
      enrich_source: true,
    };
    for (const request of [
      { collection_ids: ["things"], ...grouped, enrich_source_collection: true },
      { collection_ids: ["two"], vector_config: each },
    ]) {
      assert.equal((await send("POST", "/v1/clusters", request)).code, "invalid_value");
    }
    await create({ enrich_source_collection: true });
    const second = { collection_ids: ["things"], vector_config: { ...dbscan, enrich_source: true } };
    const shared = await send("POST", "/v1/clusters", second);
    assert.match(shared.body.error.message, /write the field 'cluster_id' of the same documents/);
    const trigger = {
      trigger_type: "interval",
      schedule_config: { interval_seconds: 3600 },
      execution_config: { collection_ids: ["things"], config: { algorithm: "dbscan", enrich_source: true } },
    };
    assert.equal((await send("POST", "/v1/clusters/triggers", trigger)).code, "invalid_value");
    const source_enrichment_config = { field_mappings: [mapping("cluster_id", "second")] };
    await ok("POST", "/v1/clusters", { ...second, source_enrichment_config });
  });

  it("are the same again when a trigger's derived execution_config is sent back", async () => {
    await fill("things", []);
    const config = { field_mappings: [mapping("cluster_id", "mine")] };
    const clusterId = await create({ enrich_source_collection: true, source_enrichment_config: config });
    const made = await ok("POST", "/v1/clusters/triggers", {
      cluster_id: clusterId,
      trigger_type: "interval",
      schedule_config: { interval_seconds: 3600 },
    });
    const derived = made.execution_config.config;
    assert.deepEqual([derived.enrich_source, derived.source_enrichment_config], [true, config]);
    await ok("DELETE", `/v1/clusters/${clusterId}`);
    const again = await ok("POST", "/v1/clusters/triggers", {
      execution_config: made.execution_config,
      trigger_type: "interval",
      schedule_config: { interval_seconds: 3600 },
    });
    const cluster = await ok("GET", `/v1/clusters/${again.cluster_id}`);
    assert.deepEqual([cluster.enrich_source, cluster.source_enrichment_config], [true, config]);
  });
});

describe("after runs", () => {
  it("writes what each run has found, by itself, and fires no trigger that counts updates", async () => {
    await fill("things");
    const clusterId = await create({ enrich_source_collection: true });
    const trigger = await ok("POST", "/v1/clusters/triggers", {
      cluster_id: clusterId,
      trigger_type: "event",
      schedule_config: { event_type: "documents_updated", event_threshold: 1, cooldown_seconds: 0 },
    });
    const first = await run(clusterId);
    const waiting = await ok("GET", `/v1/clusters/${clusterId}/enrichments`);
    assert.deepEqual([waiting.enrichments[0].status, waiting.enrichments[0].requested_by], ["running", null]);
    assert.deepEqual(await enricher.runOnce(), { claimed: 1 });
    assert.deepEqual(await enricher.runOnce(), { claimed: 0 });
    await assertEnriched(first);
    const second = await run(clusterId);
    await enricher.runOnce();
    await assertEnriched(second);
    const { schedule_config: _schedule, ...after } = await ok(
      "GET",
      `/v1/clusters/triggers/${trigger.trigger_id}`,
    );
    assert.equal(after.execution_count, 0);
    const row = await database.db.sql
      .selectFrom("triggers")
      .select(["event_counter", "next_due_at"])
      .where("trigger_id", "=", trigger.trigger_id)
      .executeTakeFirstOrThrow();
    assert.deepEqual(row, { event_counter: 0, next_due_at: null });
    await ok("PATCH", "/v1/collections/things/documents/d3", { mine: true });
    const counted = await database.db.sql
      .selectFrom("triggers")
      .select("event_counter")
      .where("trigger_id", "=", trigger.trigger_id)
      .executeTakeFirstOrThrow();
    assert.equal(counted.event_counter, 1, "a client's update counts");
  });

  it("leaves what an older run would still write", async () => {
    await fill("things");
    const clusterId = await create({ enrich_source_collection: true });
    await run(clusterId);
    const second = await run(clusterId);
    const { enrichments } = await ok("GET", `/v1/clusters/${clusterId}/enrichments`);
    assert.deepEqual(
      enrichments.map((one: any) => one.status),
      ["running", "superseded"],
    );
    assert.deepEqual([await enricher.runOnce(), await enricher.runOnce()], [{ claimed: 1 }, { claimed: 0 }]);
    await assertEnriched(second);
  });
});

const MANY = 2_300;

/** As many documents as fill several units, clustered, an enrichment waiting. */
async function waiting() {
  const collectionId = await fill("things", documents(MANY));
  const clusterId = await create({ enrich_source_collection: true });
  const result = await run(clusterId);
  return { collectionId, clusterId, result };
}

const progress = async (clusterId: string) =>
  (await ok("GET", `/v1/clusters/${clusterId}/enrichments`)).enrichments[0];

describe("in units", () => {
  it("goes on where it was stopped, each document once, with what was written meanwhile", async () => {
    const { clusterId, result } = await waiting();
    for (let units = 0; ; units++) {
      const stop = new AbortController();
      const off = whole.rooms.runs.signals.on("enrichment.unit", () => stop.abort());
      const next = createEnricher(whole.rooms.enrichment);
      const { claimed } = await next.runOnce(stop.signal);
      off();
      if (claimed === 0) {
        assert.ok(units >= 3, `${units} units`);
        break;
      }
      // Between units: of documents that are done, and of others.
      for (const n of [3, 700, 2_299]) {
        await ok("PATCH", `/v1/collections/things/documents/d${n}`, { [`mine${units}`]: true });
      }
      clock.instant = addMs(clock.instant, 1000);
    }
    const { status, processed, enriched, failed } = await progress(clusterId);
    assert.deepEqual([status, processed, enriched, failed], ["completed", MANY, MANY, 0]);
    await assertEnriched(result);
    const found = await read();
    for (const n of [3, 700, 2_299])
      assert.deepEqual([found.get(`d${n}`).mine0, found.get(`d${n}`).mine2], [true, true]);
  });

  it("who lost the lease changes nothing more", async () => {
    const { clusterId, result } = await waiting();
    const deps = whole.rooms.enrichment;
    const frozen = (await claimEnrichment(database.db.sql, clock, "frozen"))!;
    assert.equal(await claimEnrichment(database.db.sql, clock, "early"), undefined);
    clock.instant = addMs(clock.instant, 31_000);
    const taken = (await claimEnrichment(database.db.sql, clock, "next"))!;
    assert.equal(taken.enrichment_id, frozen.enrichment_id);
    await carryOut(deps, frozen, "frozen", new AbortController().signal);
    assert.equal((await read()).get("d3").cluster_id, undefined, "its unit was taken back");
    const { status, processed } = await progress(clusterId);
    assert.deepEqual([status, processed], ["running", 0]);
    await carryOut(deps, taken, "next", new AbortController().signal);
    assert.equal((await progress(clusterId)).processed, MANY);
    await assertEnriched(result);
  });

  it("a namespace's documents a second are kept: it waits and goes on", async () => {
    const { clusterId, result } = await waiting();
    await ok("PATCH", `/v1/namespaces/${tenant.namespaceId}`, { quotas: { max_documents_per_second: 100 } });
    const seen: number[] = [];
    for (let round = 0; round < 10 && (await progress(clusterId)).status === "running"; round++) {
      await enricher.runOnce();
      assert.deepEqual(await enricher.runOnce(), { claimed: 0 }, "not before it may");
      seen.push((await progress(clusterId)).processed);
      clock.instant = addMs(clock.instant, 11_000);
    }
    assert.deepEqual(seen, [1_000, 2_000, MANY]);
    await assertEnriched(result);
  });

  it("a full namespace ends it, with what was written before; the request says so", async () => {
    const { clusterId } = await waiting();
    const { usage } = await ok("GET", `/v1/namespaces/${tenant.namespaceId}`);
    await ok("PATCH", `/v1/namespaces/${tenant.namespaceId}`, {
      quotas: { max_bytes: usage.bytes + 150_000 },
    });
    await enricher.runOnce();
    const { status, processed, error_code } = await progress(clusterId);
    assert.deepEqual([status, processed, error_code], ["failed", 1_000, "quota_exceeded"]);
    const asked = await send("POST", "/v1/clusters/enrich", {
      clustering_ids: [clusterId],
      source_collection_id: "things",
    });
    assert.deepEqual(
      [asked.status, asked.code, asked.body.error.details.processed],
      [400, "quota_exceeded", 1_000],
    );
    await ok("PATCH", `/v1/namespaces/${tenant.namespaceId}`, { quotas: null });
    const again = await ok("POST", "/v1/clusters/enrich", {
      clustering_ids: [clusterId],
      source_collection_id: "things",
    });
    assert.equal(again.enriched, MANY);
  });

  it("a request joins the one that is under way, and answers for all of it", async () => {
    const { clusterId } = await waiting();
    const stop = new AbortController();
    const off = whole.rooms.runs.signals.on("enrichment.unit", () => stop.abort());
    await enricher.runOnce(stop.signal);
    off();
    assert.equal((await progress(clusterId)).processed, 1_000);
    const answers = await Promise.all(
      [1, 2].map(() =>
        ok("POST", "/v1/clusters/enrich", { clustering_ids: [clusterId], source_collection_id: "things" }),
      ),
    );
    for (const answer of answers) assert.deepEqual([answer.processed, answer.enriched], [MANY, MANY]);
    assert.equal((await ok("GET", `/v1/clusters/${clusterId}/enrichments`)).enrichments.length, 1);
  });

  it("ends with its cluster, and with its collection", async () => {
    const { clusterId, collectionId } = await waiting();
    const taken = (await claimEnrichment(database.db.sql, clock, "me"))!;
    await ok("DELETE", `/v1/clusters/${clusterId}`);
    await carryOut(whole.rooms.enrichment, taken, "me", new AbortController().signal);
    assert.equal((await read()).get("d3").cluster_id, undefined);
    const other = await create({ enrich_source_collection: true });
    await run(other);
    await ok("DELETE", `/v1/collections/${collectionId}?force=true`);
    await enricher.runOnce();
    const { status, error_code } = await progress(other);
    assert.deepEqual([status, error_code], ["failed", "not_found"]);
  });
});
