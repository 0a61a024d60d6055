import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { Api } from "../factories/api.ts";
import { testDatabaseKind } from "../factories/database.ts";
import { seededRandom, testSeed } from "../factories/random.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, spawnServer } from "../factories/server-process.ts";
import { assertSomethingHappened, balance } from "./accounts.ts";
import { SentDocuments } from "./sent-documents.ts";
import { settle } from "./settle.ts";

after(killServers);

/** More on the default database; on PostgreSQL only our part can break. CRASH_KILLS=50 asks for more of both. */
const KILLS = Number(process.env.CRASH_KILLS ?? (testDatabaseKind === "pglite" ? 20 : 15));
const DIMENSIONS = 16;

const database = await createServerDatabase();
after(() => database.remove());

it(`keeps its word through ${KILLS} kill -9`, { timeout: 900_000 }, async (t) => {
  const seed = testSeed();
  const random = seededRandom(seed);
  t.diagnostic(`seed ${seed} (repeat with TEST_SEED)`);
  const sent = new SentDocuments();

  const first = await spawnServer(database.env);
  const triggers = await prepare(new Api(first.url, TEST_KEY), sent);
  await first.kill();

  for (let kill = 0; kill < KILLS; kill++) {
    const server = await spawnServer(database.env);
    const stop = new AbortController();
    const ingesting = ingest(new Api(server.url, TEST_KEY), kill, random, sent, stop.signal);
    await delay(random.integer(50, 2000));
    await server.kill();
    stop.abort();
    await ingesting;
  }

  const server = await spawnServer(database.env);
  const api = new Api(server.url, TEST_KEY);
  const failedBefore: string[] = [];
  for (const trigger of triggers) {
    // Killed three times, a run has failed; five of those in a row fail the trigger, loudly, until somebody resumes it.
    const { status } = await api.call("GET", `/v1/clusters/triggers/${trigger}`);
    if (status === "failed") {
      failedBefore.push(trigger);
      await api.call("POST", `/v1/clusters/triggers/${trigger}/resume`);
    }
    const { execution_count: before } = await api.call("GET", `/v1/clusters/triggers/${trigger}`);
    await api.call("POST", `/v1/collections/arrivals/documents/ingest`, {
      documents: remember(sent, batch(`after-${trigger}`, 60, random)),
    });
    await waitFor(`${trigger} fires again`, async () => {
      const { execution_count: now } = await api.call("GET", `/v1/clusters/triggers/${trigger}`);
      return now > before;
    }).catch(async (error: unknown) => {
      const { text } = await api.call("GET", `/v1/clusters/triggers/${trigger}/explain`);
      throw new Error(`${String(error)}: ${text}`);
    });
  }
  await settle(api, triggers);
  assert.equal(await server.stop(), 0, server.said());

  const accounts = await database.look(async (db) => {
    await sent.check(db.sql);
    return balance(db.sql);
  });
  t.diagnostic(
    JSON.stringify({
      kills: KILLS,
      acknowledged: sent.acknowledged.size,
      unanswered: sent.unanswered.size,
      resumed: failedBefore.length,
      ...accounts,
    }),
  );
  assertSomethingHappened(accounts);
});

/** A collection, three clusters, and an interval, a cron and an event trigger. */
async function prepare(api: Api, sent: SentDocuments): Promise<string[]> {
  await api.call("POST", "/v1/collections", {
    collection_name: "arrivals",
    features: [{ name: "v", dimensions: DIMENSIONS }],
  });
  await api.call("POST", "/v1/collections/arrivals/documents/ingest", {
    documents: remember(sent, batch("first", 50, seededRandom(1))),
  });
  const ids: string[] = [];
  for (const [type, config] of [
    ["interval", { interval_seconds: 1 }],
    ["cron", { cron_expression: "* * * * * *" }],
    ["event", { event_type: "documents_added", event_threshold: 50, cooldown_seconds: 1 }],
  ] as const) {
    const cluster = await api.call("POST", "/v1/clusters", {
      collection_ids: ["arrivals"],
      cluster_name: `by-${type}`,
      vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 3, n_init: 1 } },
    });
    const trigger = await api.call("POST", "/v1/clusters/triggers", {
      cluster_id: cluster.cluster_id,
      trigger_type: type,
      schedule_config: config,
    });
    ids.push(trigger.trigger_id);
  }
  return ids;
}

/** Sends batches of all sizes until the server dies: single documents, some dozens, and more than go through the staging. */
async function ingest(
  api: Api,
  round: number,
  random: ReturnType<typeof seededRandom>,
  sent: SentDocuments,
  signal: AbortSignal,
): Promise<void> {
  for (let request = 0; !signal.aborted; request++) {
    const size = request % 7 === 6 ? 1200 : random.integer(1, 60);
    const documents = batch(`${round}-${request}`, size, random);
    try {
      const answer = await api.call("POST", "/v1/collections/arrivals/documents/ingest", { documents });
      assert.equal(answer.ingested, size);
      for (const { document_id } of documents) sent.acknowledged.add(document_id);
      await delay(random.integer(0, 60));
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      for (const { document_id } of documents) sent.unanswered.add(document_id);
      return;
    }
  }
}

/** Acknowledged, or the test ends here. */
function remember(sent: SentDocuments, documents: ReturnType<typeof batch>) {
  for (const { document_id } of documents) sent.acknowledged.add(document_id);
  return documents;
}

function batch(name: string, size: number, random: ReturnType<typeof seededRandom>) {
  return Array.from({ length: size }, (_, index) => ({
    document_id: `${name}-${index}`,
    vectors: { v: Array.from({ length: DIMENSIONS }, () => random.next()) },
  }));
}

async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 600; look++) {
    if (await holds()) return;
    await delay(100);
  }
  assert.fail(`gave up after a minute: ${what}`);
}
