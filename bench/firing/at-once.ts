/**
 * 10,000 triggers due at one instant: idle, and while documents are imported and a run computes. Beside the bare
 * statement that claims as many due triggers and inserts their executions.
 */
import { databaseClock, readClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import type { Api } from "../../test/factories/api.ts";
import { seededRandom } from "../../test/factories/random.ts";
import { distribution } from "../distribution.ts";
import { median, row, timed, type BenchRow } from "../result.ts";
import { dueTogether, fireAll } from "./fire.ts";
import type { Scaled } from "./main.ts";
import { withBench } from "./open.ts";
import { claimBare, forgetBare, makeDue, withoutHistory } from "./queue.ts";
import { seedCollection, seedTriggers } from "./seed.ts";

const TRIGGERS = 10_000;
const ROUNDS = 5;
const IMPORTED = 50_000;

export function atOnce(scaled: Scaled): Promise<BenchRow[]> {
  return withBench(async ({ db, serve }) => {
    const scheduler = await serve("api,scheduler");
    await seedCollection(scheduler.api);
    const ids = await seedTriggers(db, scheduler.api, scaled(TRIGGERS));
    const bareIds = await seedTriggers(db, scheduler.api, ids.length, "paused");
    const bare: number[] = [];
    const idle: number[][] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const ms = await claimAll(db, bareIds);
      const lateness = await fireTogether(db, ids);
      if (round === 0) continue;
      bare.push(ms);
      idle.push(lateness);
    }
    await scheduler.stop();

    const server = await serve();
    const imported = scaled(IMPORTED, 2000);
    const busy = [await whileBusy(server.api, imported, () => fireTogether(db, ids))];
    await server.stop();
    const baseline = median(bare);
    const importing = `importing ${imported.toLocaleString("en-US")} documents, a run computing`;
    return [...together("idle", idle, baseline), ...together(importing, busy, baseline)];
  });
}

/** Rows about rounds in which many were due together: until the last was durable, and each one's lateness. */
export function together(
  name: string,
  rounds: readonly (readonly number[])[],
  baseline: number | null,
): BenchRow[] {
  const last = rounds.map((lateness) => Math.max(...lateness));
  return [
    row(`all durable, ${name}`, "ms", median(last), baseline, {
      max: Math.round(Math.max(...last)),
    }),
    distribution(`lateness p99, ${name}`, rounds.flat(), null),
  ];
}

/** Makes all of them due in three seconds: writing that down is over by then. */
export async function fireTogether(db: Database, triggerIds: readonly string[]): Promise<number[]> {
  return fireAll(db, await dueTogether(db, triggerIds, 3000));
}

async function claimAll(db: Database, triggerIds: readonly string[]): Promise<number> {
  const at = await readClock(db.sql, databaseClock);
  await makeDue(
    db,
    triggerIds.map((trigger_id) => ({ trigger_id, at })),
  );
  return withoutHistory(db, async () => {
    const ms = await timed(() => claimBare(db, triggerIds));
    await forgetBare(db, triggerIds);
    return ms;
  });
}

/** Runs `body` while documents stream in and a run computes; throws if the run was over before the body was. */
async function whileBusy<T>(api: Api, imported: number, body: () => Promise<T>): Promise<T> {
  const random = seededRandom(12);
  await api.call("POST", "/v1/collections", {
    collection_name: "stream",
    features: [{ name: "v", dimensions: 64 }],
  });
  const cluster = await api.call("POST", "/v1/clusters", {
    collection_ids: ["stream"],
    vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 50, n_init: 5000 } },
  });
  const vector = () => Array.from({ length: 64 }, () => Number(random.next().toFixed(4)));
  const batch = (from: number) => ({
    documents: Array.from({ length: 1000 }, (_, index) => ({
      document_id: `s${from + index}`,
      vectors: { v: vector() },
    })),
  });
  await api.call("POST", "/v1/collections/stream/documents/ingest", batch(0));
  const { task_id: run } = await api.call("POST", `/v1/clusters/${cluster.cluster_id}/execute`);
  const importer = (async () => {
    for (let from = 1000; from <= imported; from += 1000)
      await api.call("POST", "/v1/collections/stream/documents/ingest", batch(from));
  })();
  const result = await body();
  const { status } = await api.call("GET", `/v1/tasks/${run}`);
  if (status !== "PROCESSING") throw new Error(`The run beside the firing is ${status}.`);
  await importer;
  return result;
}
