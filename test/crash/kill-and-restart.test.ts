import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { Api } from "../factories/api.ts";
import { testDatabaseKind } from "../factories/database.ts";
import { seededRandom, testSeed } from "../factories/random.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, spawnServer } from "../factories/server-process.ts";
import { assertSomethingHappened, balance } from "./accounts.ts";
import { type ConditionUrl, startConditionUrl } from "./condition-url.ts";
import { SentDocuments } from "./sent-documents.ts";
import { settle } from "./settle.ts";

after(killServers);

/** More on the default database; on PostgreSQL only our part can break. CRASH_KILLS=50 asks for more of both. */
const KILLS = Number(process.env.CRASH_KILLS ?? (testDatabaseKind === "pglite" ? 20 : 15));
const DIMENSIONS = 16;
const CONDITIONS = ["volume", "drift", "custom"];

const database = await createServerDatabase();
after(() => database.remove());

it(`keeps its word through ${KILLS} kill -9`, { timeout: 900_000 }, async (t) => {
  const seed = testSeed();
  const random = seededRandom(seed);
  t.diagnostic(`seed ${seed} (repeat with TEST_SEED)`);
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  const sent = new SentDocuments();

  const condition = await startConditionUrl(random.next, 1500);
  t.after(condition.close);
  const env = { ...database.env, RECLUSTER_ALLOW_OUTGOING: "127.0.0.1" };

  const first = await spawnServer(env);
  const triggers = await prepare(new Api(first.url, TEST_KEY), sent, condition);
  // In the middle of a check.
  await condition.firstAsked;
  await first.kill();

  for (let kill = 0; kill < KILLS; kill++) {
    const server = await spawnServer(env);
    const stop = new AbortController();
    const ingesting = ingest(new Api(server.url, TEST_KEY), kill, random, sent, stop.signal);
    await delay(random.integer(50, 2000));
    await server.kill();
    stop.abort();
    await ingesting;
  }

  const killSeconds = seconds();
  const server = await spawnServer(env);
  const api = new Api(server.url, TEST_KEY);
  const failedBefore: string[] = [];
  for (const { id } of triggers) {
    // Killed three times, a run has failed; five of those in a row fail the trigger, loudly, until somebody resumes it.
    const { status } = await api.call("GET", `/v1/clusters/triggers/${id}`);
    if (status !== "failed") continue;
    failedBefore.push(id);
    await api.call("POST", `/v1/clusters/triggers/${id}/resume`);
  }
  const conditional = triggers.filter(({ type }) => CONDITIONS.includes(type));
  await renewBaselines(api, conditional);
  const before = await executionCounts(api, triggers);
  // What runs now may read what comes now, and would be measured against.
  await untilEnded(api, conditional);
  condition.meet();
  const { document_count: count } = await api.call("GET", "/v1/collections/arrivals");
  for (let from = 0; from < count / 2; from += 500) {
    const documents = batch(`after-${from}`, 500, random, 0.5);
    await api.call("POST", "/v1/collections/arrivals/documents/ingest", {
      documents: remember(sent, documents),
    });
  }
  await Promise.all(
    triggers.map(({ id, type }) =>
      waitFor(
        `the ${type} trigger fires again`,
        async () => (await executionCount(api, id)) > before.get(id)!,
      ).catch(async (error: unknown) => {
        const { text } = await api.call("GET", `/v1/clusters/triggers/${id}/explain`);
        throw new Error(`${String(error)}: ${text}`);
      }),
    ),
  );
  await settle(
    api,
    triggers.map(({ id }) => id),
  );
  assert.equal(await server.stop(), 0, server.said());

  const accounts = await database.look(async (db) => {
    await sent.check(db.sql);
    return balance(db.sql);
  });
  t.diagnostic(
    JSON.stringify({
      kills: KILLS,
      killSeconds,
      seconds: seconds(),
      acknowledged: sent.acknowledged.size,
      unanswered: sent.unanswered.size,
      resumed: failedBefore.length,
      asked: condition.asked(),
      ...accounts,
    }),
  );
  assertSomethingHappened(accounts);
  assert.ok(accounts.begunChecks > accounts.checks, "servers were killed in the middle of checks");
  assert.ok((accounts.reasons.condition_met ?? 0) >= conditional.length, "each condition was met");
});

interface Prepared {
  readonly id: string;
  readonly type: string;
}

/** A collection, and a cluster for each of an interval, a cron, an event and four conditional triggers. */
async function prepare(api: Api, sent: SentDocuments, { url }: ConditionUrl): Promise<Prepared[]> {
  await api.call("POST", "/v1/collections", {
    collection_name: "arrivals",
    features: [{ name: "v", dimensions: DIMENSIONS }],
  });
  await api.call("POST", "/v1/collections/arrivals/documents/ingest", {
    documents: remember(sent, batch("first", 50, seededRandom(1))),
  });
  const prepared: Prepared[] = [];
  const often = { check_interval_seconds: 10, min_documents: 20 };
  for (const [type, config] of [
    ["interval", { interval_seconds: 1 }],
    ["cron", { cron_expression: "* * * * * *" }],
    ["event", { event_type: "documents_added", event_threshold: 50, cooldown_seconds: 1 }],
    ["conditional", { ...often, condition_type: "volume", threshold: 0.1 }],
    ["conditional", { ...often, condition_type: "drift", threshold: 0.05 }],
    ["conditional", { ...often, condition_type: "custom", threshold: 1, webhook_url: url }],
    ["conditional", { ...often, condition_type: "custom", threshold: 1, webhook_url: url }],
  ] as const) {
    const name = "condition_type" in config ? config.condition_type : type;
    const cluster = await api.call("POST", "/v1/clusters", {
      collection_ids: ["arrivals"],
      cluster_name: `by-${name}-${prepared.length}`,
      vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 3, n_init: 1 } },
    });
    const trigger = await api.call("POST", "/v1/clusters/triggers", {
      cluster_id: cluster.cluster_id,
      trigger_type: type,
      schedule_config: config,
    });
    prepared.push({ id: trigger.trigger_id, type: name });
  }
  return prepared;
}

async function executionCount(api: Api, id: string): Promise<number> {
  return (await api.call("GET", `/v1/clusters/triggers/${id}`)).execution_count;
}

async function executionCounts(api: Api, triggers: readonly Prepared[]): Promise<Map<string, number>> {
  const counts = triggers.map(async ({ id }) => [id, await executionCount(api, id)] as const);
  return new Map(await Promise.all(counts));
}

/**
 * What the server measures gets a run of all there is now to be measured against: no value is small then, nor large by chance only, whatever the
 * runs before have come to.
 */
async function renewBaselines(api: Api, conditional: readonly Prepared[]): Promise<void> {
  for (const { id, type } of conditional) {
    if (type === "custom") continue;
    const baseline = async () => (await api.call("GET", `/v1/triggers/${id}`)).baseline_snapshot?.run_id;
    const before = await baseline();
    await untilEnded(api, [{ id, type }]);
    await api.call("POST", `/v1/triggers/${id}/execute`);
    await waitFor(`the ${type} trigger has a new baseline`, async () => (await baseline()) !== before);
  }
}

/** None has an unfinished run. */
async function untilEnded(api: Api, triggers: readonly Prepared[]): Promise<void> {
  for (const { id, type } of triggers) {
    for (const status of ["pending", "processing"])
      await waitFor(`the runs of the ${type} trigger end`, async () => {
        const page = { limit: 1, status_filter: status };
        return (await api.call("POST", `/v1/clusters/triggers/${id}/history`, page)).total === 0;
      });
  }
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

/** Documents whose vectors are uniform in a cube, moved by `shift` along each axis. */
function batch(name: string, size: number, random: ReturnType<typeof seededRandom>, shift = 0) {
  return Array.from({ length: size }, (_, index) => ({
    document_id: `${name}-${index}`,
    vectors: { v: Array.from({ length: DIMENSIONS }, () => random.next() + shift) },
  }));
}

async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 900; look++) {
    if (await holds()) return;
    await delay(100);
  }
  assert.fail(`gave up after a minute and a half: ${what}`);
}
