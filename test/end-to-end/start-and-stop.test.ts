import assert from "node:assert/strict";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { Api } from "../factories/api.ts";
import { createTestFolder, testDatabaseKind } from "../factories/database.ts";
import { startPostgres, type PostgresServer } from "../factories/postgres-server.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, spawnServer } from "../factories/server-process.ts";

after(killServers);

const onPglite = testDatabaseKind === "pglite" ? false : "about the built-in database only";
const onPostgres = testDatabaseKind === "postgres" ? false : "about PostgreSQL only";

describe("a start that cannot succeed says why", () => {
  it(
    "refuses a second server on one PGlite folder and leaves the first alone",
    { skip: onPglite },
    async () => {
      const database = await createServerDatabase("pglite", undefined, { isNew: true });
      const first = await spawnServer(database.env);
      await assert.rejects(
        spawnServer(database.env),
        /in use by another Recluster server \(process \d+ on .*--data-dir/s,
      );
      const health = await fetch(`${first.url}/v1/health`);
      assert.equal(health.status, 200);
      assert.equal(await first.stop(), 0);
      const again = await spawnServer(database.env);
      assert.equal(await again.stop(), 0);
      await database.remove();
    },
  );

  it("starts at once after kill -9", { skip: onPglite }, async () => {
    const database = await createServerDatabase("pglite", undefined, { isNew: true });
    await (await spawnServer(database.env)).kill();
    const again = await spawnServer(database.env);
    assert.equal(await again.stop(), 0);
    await database.remove();
  });

  it("names the folder it may not write", { skip: process.getuid?.() === 0 ? false : onPglite }, async () => {
    const { folder, remove } = await createTestFolder();
    const closed = join(folder, "closed");
    await mkdir(closed);
    await chmod(folder, 0o755);
    await chmod(closed, 0o555);
    const env = { RECLUSTER_DATA_DIR: join(closed, "data"), DATABASE_URL: "" };
    // Root may write everywhere: the server then runs as the system user nobody.
    const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    await assert.rejects(
      spawnServer(env, asNobody),
      /data folder \(--data-dir\) .*closed\/data cannot be written/s,
    );
    await chmod(closed, 0o755);
    await remove();
  });

  it("waits for a database that is away and then says what to check", { skip: onPostgres }, async () => {
    const { folder, remove } = await createTestFolder();
    const env = {
      RECLUSTER_DATA_DIR: folder,
      DATABASE_URL: "postgresql://nobody:secret@127.0.0.1:9/none",
      RECLUSTER_DATABASE_WAIT_SECONDS: "1",
    };
    await assert.rejects(spawnServer(env), (error: Error) => {
      assert.match(error.message, /The database does not answer .*Check DATABASE_URL/s);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    await remove();
  });

  it("names a setting that makes no sense", async () => {
    await assert.rejects(spawnServer({ RECLUSTER_PORT: "seven" }), /RECLUSTER_PORT .*'seven'.*whole number/s);
    await assert.rejects(spawnServer({ RECLUSTER_ROLES: "api,cook" }), /'cook'.*api, scheduler, worker/s);
  });
});

describe("a database that goes away for ten seconds", { skip: onPostgres }, () => {
  let postgres: PostgresServer;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  it("answers 503 meanwhile, then goes on and accounts for every instant", { timeout: 120_000 }, async () => {
    const { folder, remove } = await createTestFolder();
    const server = await spawnServer({
      RECLUSTER_DATA_DIR: folder,
      RECLUSTER_API_KEY: TEST_KEY,
      DATABASE_URL: postgres.url,
    });
    const api = new Api(server.url, TEST_KEY);
    await api.call("POST", "/v1/collections", {
      collection_name: "points",
      features: [{ name: "v", dimensions: 2 }],
    });
    await api.call("POST", "/v1/collections/points/documents/ingest", {
      documents: Array.from({ length: 20 }, (_, index) => ({
        document_id: `p${index}`,
        vectors: { v: [index, index % 2] },
      })),
    });
    const trigger = await api.call("POST", "/v1/clusters/triggers", {
      execution_config: { collection_ids: ["points"], config: { algorithm: "kmeans", n_clusters: 2 } },
      trigger_type: "interval",
      schedule_config: { interval_seconds: 1 },
    });
    const history = `/v1/clusters/triggers/${trigger.trigger_id}/history`;

    await postgres.halt();
    const away = await fetch(`${server.url}${history}`, { method: "POST", headers: api.headers });
    assert.equal(away.status, 503);
    assert.equal(((await away.json()) as { error: { code: string } }).error.code, "database_unavailable");
    await delay(10_000);
    await postgres.resume();

    let after = 0;
    for (let look = 0; look < 300 && after === 0; look++) {
      await delay(100);
      const { decisions } = await api
        .call("POST", `/v1/clusters/triggers/${trigger.trigger_id}/decisions`, { limit: 100 })
        .catch(() => ({ decisions: [] }));
      after = decisions.filter((decision: { reason: string }) => decision.reason === "catch_up").length;
      if (after > 0) {
        const spans = decisions.map(
          (decision: { first_due: string; last_due: string; count: number }) => decision,
        );
        const from = Math.min(...spans.map((span: { first_due: string }) => Date.parse(span.first_due)));
        const to = Math.max(...spans.map((span: { last_due: string }) => Date.parse(span.last_due)));
        const decided = spans.reduce((sum: number, span: { count: number }) => sum + span.count, 0);
        assert.equal(decided, (to - from) / 1000 + 1, "each second lies in one decision");
      }
    }
    assert.equal(after, 1, "the instants of the outage became one run");
    assert.equal(await server.stop(), 0, server.said());
    await remove();
  });
});
