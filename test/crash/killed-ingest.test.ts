import assert from "node:assert/strict";
import { request } from "node:http";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { Api } from "../factories/api.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, spawnServer } from "../factories/server-process.ts";

after(killServers);

const LINES = 5_500;
const PATH = "/v1/collections/things/documents/ingest";

const database = await createServerDatabase();
after(() => database.remove());

const line = (index: number) => `{"payload":{"i":${index}},"vectors":{"v":[${index},1]}}\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join("");

it("a request with an Idempotency-Key that a kill -9 cut short is sent again and doubles nothing", async () => {
  const first = await spawnServer(database.env);
  const api = new Api(first.url, TEST_KEY);
  await api.call("POST", "/v1/collections", {
    collection_name: "things",
    features: [{ name: "v", dimensions: 2 }],
  });
  const headers = { ...api.headers, "content-type": "application/x-ndjson", "idempotency-key": "once" };
  const sent = request(`${first.url}${PATH}`, { method: "POST", headers });
  const broken = new Promise((resolve) => sent.on("error", resolve));
  sent.write(lines(0, 3_500));
  const stored = async () => (await api.call("GET", "/v1/collections/things")).document_count as number;
  while ((await stored()) < 1_000) await delay(20);
  await first.kill();
  await broken;

  // The dead server's lease would keep the key for up to a minute.
  await database.look((db) =>
    db.sql
      .updateTable("idempotency_keys")
      .set({ lease_until: new Date(0) })
      .execute(),
  );
  const second = await spawnServer(database.env);
  const again = async () => {
    const answer = await fetch(`${second.url}${PATH}`, { method: "POST", headers, body: lines(0, LINES) });
    const body = (await answer.json()) as { ingested: number; unchanged: number };
    return { status: answer.status, replayed: answer.headers.get("idempotent-replayed"), ...body };
  }; // prettier-ignore
  const whole = await again();
  assert.equal(whole.status, 200, JSON.stringify(whole));
  assert.ok(whole.unchanged >= 1_000, "what the killed server had stored is found again");
  assert.equal(whole.ingested + whole.unchanged, LINES);
  assert.deepEqual(await again(), { ...whole, replayed: "true" });
  const { document_count: total } = await new Api(second.url, TEST_KEY).call("GET", "/v1/collections/things");
  assert.equal(total, LINES);
  assert.equal(await second.stop(), 0, second.said());
});
