import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import { createApp } from "../../server/src/http/app.ts";
import type { App } from "../../server/src/http/route.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import { registerHistoryRoutes } from "../../server/src/runs/history/routes.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../factories/tenant.ts";
import { assertConforms } from "./conformance.ts";

const PATH = "/v1/clusters/triggers/{trigger_id}/history";
const STATES = ["pending", "processing", "completed", "failed", "canceled"] as const;
const TRIGGER = "trig_seed";

let database: TestDatabase;
let app: App;
let tenant: TestTenant;
let stranger: TestTenant;

before(async () => {
  database = await createTestDatabase();
  const { db } = database;
  app = await createApp({ db, logger: silentLogger, routes: (to) => registerHistoryRoutes(to, { db }) });
  tenant = await createTenant(db);
  stranger = await createTenant(db);
  await sql`
    insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
    values ('clust_seed', ${tenant.namespaceId}, ${tenant.organizationId}, 'seed', '{}', 'vector', '{}', '{}')`.execute(
    db.sql,
  );
  await sql`
    insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status, anchor_at)
    values (${TRIGGER}, ${tenant.namespaceId}, ${tenant.organizationId}, 'clust_seed', 'interval', '{}', 'paused', clock_timestamp())`.execute(
    db.sql,
  );
  // Twelve of each state but processing, which a cluster has at most one of.
  await sql`
    insert into executions (run_id, cluster_id, namespace_id, organization_id, trigger_id, trigger_ordinal, status, triggered_at,
      execution_time_ms, error, num_clusters, num_documents, definition)
    select 'run_' || n, 'clust_seed', ${tenant.namespaceId}, ${tenant.organizationId}, ${TRIGGER}, n, s.status,
      timestamptz '2026-01-01Z' + n * interval '1 minute',
      case when s.status in ('completed', 'failed', 'canceled') then 1500 end,
      case when s.status = 'failed' then 'The collection holds 3 documents.' end,
      case when s.status = 'completed' then 4 end, case when s.status = 'completed' then 100 end, '{}'
    from (select n, (array['pending', 'completed', 'failed', 'canceled'])[n % 4 + 1] as status from generate_series(0, 47) as n
          union all select 48, 'processing') as s`.execute(db.sql);
});
after(async () => {
  await app.close();
  await database.close();
});

interface Ask {
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Record<string, string>;
  readonly trigger?: string;
  readonly query?: string;
}

/** Asks the endpoint and holds the answer against the seed's shape for its status. */
async function ask(
  status: number,
  { body, raw, headers = tenant.headers, trigger = TRIGGER, query = "" }: Ask = {},
): Promise<any> {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await app.inject({
    method: "POST",
    url: `/v1/clusters/triggers/${trigger}/history${query}`,
    headers: { ...headers, ...(payload === undefined ? {} : { "content-type": "application/json" }) },
    ...(payload === undefined ? {} : { payload }),
  });
  assert.equal(response.statusCode, status, response.body);
  const answer: unknown = response.json();
  assertConforms("POST", PATH, status, answer, "seed");
  assertConforms("POST", PATH, status, answer);
  return answer;
}

describe("the seed's endpoint", () => {
  it("answers the request of the seed's documentation", async () => {
    const answer = await ask(200, { body: { offset: 0, limit: 50, status_filter: "completed" } });
    assert.deepEqual(Object.keys(answer).sort(), ["executions", "limit", "offset", "total", "trigger_id"]);
    assert.equal(answer.trigger_id, TRIGGER);
    assert.equal(answer.total, 12);
    assert.equal(answer.executions.length, 12);
  });

  it("has the defaults of the contract without a body, with an empty one and with an empty object", async () => {
    for (const request of [{}, { raw: "" }, { body: {} }]) {
      const answer = await ask(200, request);
      assert.equal(answer.offset, 0);
      assert.equal(answer.limit, 50);
      assert.equal(answer.total, 49);
      assert.equal(answer.executions.length, 49);
      const instants = answer.executions.map((execution: { triggered_at: string }) => execution.triggered_at);
      assert.deepEqual(instants, [...instants].sort().reverse(), "newest first");
    }
  });

  it("shows each state with what it has: figures when completed, an error when failed, nulls before the end", async () => {
    const { executions } = await ask(200);
    for (const state of STATES) {
      const found = executions.find((execution: { status: string }) => execution.status === state);
      assert.ok(found, state);
      const ended = ["completed", "failed", "canceled"].includes(state);
      assert.match(found.job_id, /^task_/);
      assert.equal(found.execution_time_ms, ended ? 1500 : null);
      assert.equal(found.error, state === "failed" ? "The collection holds 3 documents." : null);
      assert.equal(found.num_clusters, state === "completed" ? 4 : null);
      assert.equal(found.num_documents, state === "completed" ? 100 : null);
    }
  });

  it("filters in any case; one that matches nothing, and null, as the contract says", async () => {
    for (const filter of ["failed", "FAILED", "Failed"])
      assert.equal((await ask(200, { body: { status_filter: filter } })).total, 12);
    const none = await ask(200, { body: { status_filter: "sleeping" } });
    assert.deepEqual([none.total, none.executions], [0, []]);
    assert.equal((await ask(200, { body: { status_filter: null } })).total, 49);
  });

  it("has an empty page past the end, with the same total, and no cap on the offset", async () => {
    for (const offset of [49, 10_001, 5_000_000]) {
      const answer = await ask(200, { body: { offset } });
      assert.deepEqual([answer.total, answer.executions, answer.offset], [49, [], offset]);
    }
    assert.equal((await ask(200, { body: { offset: 48, limit: 1000 } })).executions.length, 1);
  });

  it("refuses what is out of bounds or of another type, every fault listed", async () => {
    for (const [body, places] of [
      [{ offset: -1 }, ["body.offset"]],
      [{ limit: 0 }, ["body.limit"]],
      [{ limit: 1001 }, ["body.limit"]],
      [{ limit: "50" }, ["body.limit"]],
      [{ limit: null }, ["body.limit"]],
      [{ offset: null }, ["body.offset"]],
      [{ offset: 1.5 }, ["body.offset"]],
      [{ status_filter: 7 }, ["body.status_filter"]],
      [{ offset: -1, limit: 1001, status_filter: 7 }, ["body.offset", "body.limit", "body.status_filter"]],
      [[], ["body"]],
      [null, ["body"]],
    ] as const) {
      const { detail } = await ask(422, { body });
      const found = detail.map((fault: { loc: string[] }) => fault.loc.join("."));
      assert.deepEqual(found.sort(), [...places].sort(), JSON.stringify(body));
    }
    const { detail } = await ask(422, { raw: '{"offset": 0' });
    assert.deepEqual(detail[0].loc, ["body"]);
    assert.equal(
      (await ask(200, { body: { unheard_of: true } })).total,
      49,
      "unknown fields are ignored, as the hosted service does",
    );
  });

  it("wants a key, the permission, a namespace, and a trigger of that namespace", async () => {
    const { db } = database;
    const { authorization } = tenant.headers;
    assert.equal((await ask(401, { headers: {} })).error.type, "AuthenticationError");
    assert.equal((await ask(401, { headers: { authorization: "Basic abc" } })).error.code, "malformed_key");
    assert.equal(
      (await ask(401, { headers: { authorization: "Bearer sk_nobody" } })).error.code,
      "unknown_key",
    );
    const deleteOnly = await createKey(db, tenant.organizationId, tenant.userId, ["delete"]);
    const forbidden = await ask(403, {
      headers: { ...tenant.headers, authorization: `Bearer ${deleteOnly}` },
    });
    assert.equal(forbidden.error.type, "PermissionError");
    assert.equal(forbidden.error.details.permission, "read");
    const scoped = await createKey(
      db,
      tenant.organizationId,
      tenant.userId,
      ["read"],
      [{ resource_type: "namespace", resource_id: "elsewhere" }],
    );
    assert.equal(
      (await ask(403, { headers: { ...tenant.headers, authorization: `Bearer ${scoped}` } })).error.code,
      "outside_scope",
    );
    assert.deepEqual((await ask(422, { headers: { authorization: authorization! } })).detail[0].loc, [
      "header",
      "X-Namespace",
    ]);
    assert.equal(
      (
        await ask(200, {
          headers: { authorization: authorization! },
          query: `?namespace=${tenant.namespaceName}`,
        })
      ).total,
      49,
    );

    const unknown = await ask(404, { trigger: "trig_none" });
    assert.deepEqual(unknown.error.details, { resource: "trigger", id: "trig_none" });
    const theirs = await ask(404, { headers: stranger.headers });
    assert.equal(
      theirs.error.message,
      unknown.error.message.replace("trig_none", TRIGGER),
      "the same text for another tenant's",
    );
    assert.equal(
      (await ask(404, { headers: { ...tenant.headers, "x-namespace": stranger.namespaceId } })).error.type,
      "NotFoundError",
    );
  });

  it("answers 500 without internals when something below the route breaks", async () => {
    const { db } = database;
    await sql`alter function history_page rename to history_page_away`.execute(db.sql);
    try {
      const { error } = await ask(500);
      assert.equal(error.type, "InternalServerError");
      assert.match(error.details.request_id, /^req_/);
      assert.doesNotMatch(JSON.stringify(error), /history_page/);
    } finally {
      await sql`alter function history_page_away rename to history_page`.execute(db.sql);
    }
  });
});
