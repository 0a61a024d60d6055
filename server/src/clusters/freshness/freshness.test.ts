import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import type { ClusterMetadata, ClusterModel, ListClustersResponse } from "#contract/clusters.ts";
import type { ClusterTrigger } from "#contract/triggers.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../../../../test/factories/whole-app.ts";
import { databaseClock } from "../../db/database-clock.ts";
import { silentLogger } from "../../platform/logger.ts";
import { TestSignals } from "../../platform/test-signals.ts";
import { createWorker, type Worker } from "../../runs/worker.ts";
import { createFreshnessWatch } from "./freshness-watch.ts";

describe("a cluster's freshness", () => {
  let database: TestDatabase;
  let whole: WholeApp;
  let tenant: TestTenant;
  let worker: Worker;

  before(async () => {
    database = await createTestDatabase();
    whole = await createWholeApp(database.db);
    tenant = await createTenant(database.db);
    worker = createWorker(whole.rooms.runs);
  });
  after(async () => {
    await worker.stop();
    await whole.close();
    await database.close();
  });

  async function call<T>(method: "GET" | "POST" | "PATCH", url: string, payload?: object): Promise<T> {
    const answer = await whole.app.inject({
      ...{ method, url, headers: tenant.headers },
      ...(payload ? { payload } : {}),
    });
    assert.ok(answer.statusCode < 300, `${method} ${url} answered ${answer.statusCode}: ${answer.body}`);
    return answer.json<T>();
  }

  const ingest = (collection: string, documents: object[]) =>
    call("POST", `/v1/collections/${collection}/documents/ingest`, { documents });
  const freshness = async (id: string) =>
    (await call<ClusterMetadata>("GET", `/v1/clusters/${id}`)).freshness;

  async function createCluster(collections: string[], more: object = {}): Promise<string> {
    for (const collection_name of collections)
      await call("POST", "/v1/collections", { collection_name, features: [{ name: "v", dimensions: 2 }] });
    const { cluster_id } = await call<ClusterMetadata>("POST", "/v1/clusters", {
      collection_ids: collections,
      cluster_type: "attribute",
      attribute_config: { attributes: ["kind"] },
      ...more,
    });
    return cluster_id;
  }

  async function run(id: string): Promise<void> {
    await call("POST", `/v1/clusters/${id}/execute`);
    await worker.runOnce();
  }

  it("goes from never computed to fresh, to behind, and to fresh again", async () => {
    const id = await createCluster(["north", "south"]);
    const documents = (from: number, to: number, kind: string) =>
      Array.from({ length: to - from }, (_, i) => ({ document_id: `d${from + i}`, payload: { kind } }));
    await ingest("north", documents(0, 3, "a"));
    const never = await freshness(id);
    assert.deepEqual(
      [never.verdict, never.documents_since, never.last_success_at],
      ["never_computed", null, null],
    );
    await run(id);
    const fresh = await freshness(id);
    assert.deepEqual([fresh.verdict, fresh.documents_since], ["fresh", 0]);
    assert.ok(fresh.last_success_run_id?.startsWith("run_") && fresh.age_seconds! >= 0);
    await ingest("north", documents(3, 5, "a"));
    // Equal to what is there: no change.
    await ingest("north", documents(0, 1, "a"));
    await ingest("north", documents(1, 2, "b"));
    await ingest("south", documents(0, 4, "c"));
    const behind = await freshness(id);
    assert.deepEqual([behind.verdict, behind.documents_since], ["behind", 7]);
    assert.equal(behind.last_success_run_id, fresh.last_success_run_id);
    await run(id);
    const again = await freshness(id);
    assert.deepEqual([again.verdict, again.documents_since], ["fresh", 0]);
    assert.notEqual(again.last_success_run_id, fresh.last_success_run_id);
  });

  it("is too old when it is older than it may become, and says so in lists and to PATCH", async () => {
    const id = await createCluster(["old"], { max_age_seconds: 600 });
    await ingest("old", [{ document_id: "d", payload: { kind: "a" } }]);
    await run(id);
    assert.deepEqual([(await freshness(id)).verdict, (await freshness(id)).max_age_seconds], ["fresh", 600]);
    await sql`update executions set ended_at = ended_at - interval '601 seconds' where cluster_id = ${id}`.execute(
      database.db.sql,
    );
    assert.equal((await freshness(id)).verdict, "too_old");
    const { results } = await call<ListClustersResponse>("POST", "/v1/clusters/list");
    assert.equal(results.find((cluster) => cluster.cluster_id === id)?.freshness.verdict, "too_old");
    const patch = (body: object) => call<ClusterModel>("PATCH", `/v1/clusters/${id}`, body);
    assert.equal((await patch({ max_age_seconds: 86_400 })).freshness.verdict, "fresh");
    assert.equal((await patch({ description: "Kinds." })).freshness.max_age_seconds, 86_400);
    assert.equal((await patch({ max_age_seconds: null })).freshness.max_age_seconds, null);
  });

  it("records once a result that it has become too old", async () => {
    const id = await createCluster(["watched"], { max_age_seconds: 600 });
    const deps = { db: database.db, clock: databaseClock, logger: silentLogger, signals: new TestSignals() };
    const watches = [createFreshnessWatch(deps), createFreshnessWatch(deps)];
    const round = async () => {
      const rounds = await Promise.all(watches.map((watch) => watch.runOnce()));
      return rounds.reduce((sum, { recorded }) => sum + recorded, 0);
    };
    const age = (seconds: number) =>
      sql`update executions set ended_at = ended_at - ${seconds} * interval '1 second' where cluster_id = ${id}`.execute(
        database.db.sql,
      );
    await round();
    await ingest("watched", [{ document_id: "d", payload: { kind: "a" } }]);
    await run(id);
    await age(590);
    assert.equal(await round(), 0, "it is not yet");
    const { sleepMs } = await watches[0]!.runOnce();
    assert.ok(sleepMs <= 10_001, `it looks again when it may be, in ${sleepMs} ms`);
    await age(20);
    assert.deepEqual([await round(), await round()], [1, 0]);
    const { rows } = await sql<{ type: string; run_id: string; data: Record<string, unknown> }>`
      select type, run_id, data from events where cluster_id = ${id} and type = 'cluster.too_old'`.execute(
      database.db.sql,
    );
    assert.deepEqual([rows.length, rows[0]?.run_id], [1, (await freshness(id)).last_success_run_id]);
    assert.equal(rows[0]?.data.max_age_seconds, 600);
    await run(id);
    await age(601);
    assert.equal(await round(), 1, "another result is told of again");
  });

  it("says when it is due next, by the first of its active triggers", async () => {
    const id = await createCluster(["due"]);
    const trigger = (interval_seconds: number) =>
      call<ClusterTrigger>("POST", "/v1/clusters/triggers", {
        ...{ cluster_id: id, trigger_type: "interval", schedule_config: { interval_seconds } },
      });
    const [daily, hourly] = [await trigger(86_400), await trigger(3600)];
    assert.equal((await freshness(id)).next_due_at, hourly.next_scheduled_at);
    await call("POST", `/v1/clusters/triggers/${hourly.trigger_id}/pause`);
    assert.equal((await freshness(id)).next_due_at, daily.next_scheduled_at);
  });

  it("refuses a maximum age that is none", async () => {
    for (const max_age_seconds of [0, -1, 1.5, "60", 3_153_600_001]) {
      const { statusCode, body } = await whole.app.inject({
        ...{
          method: "PATCH",
          url: "/v1/clusters/any",
          headers: tenant.headers,
          payload: { max_age_seconds },
        },
      });
      assert.equal(statusCode, 422, `${max_age_seconds}: ${body}`);
      assert.match(body, /max_age_seconds/);
    }
  });
});
