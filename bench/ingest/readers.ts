/**
 * Fifty readers and the scheduler beside an import: each reader asks for a document, a page of documents or a page of a
 * trigger's history, twice a second. Beside the same readers without an import.
 */
import { join } from "node:path";

import type { Api } from "../../test/factories/api.ts";
import { distribution } from "../distribution.ts";
import { row, type BenchRow } from "../result.ts";
import { beginStolen } from "../stolen-time.ts";
import { BATCH, writeArrow } from "./data.ts";
import type { IngestOptions } from "./main.ts";
import { sendFile } from "./send-file.ts";
import { sendFileBeside } from "./send-worker.ts";
import { withFolder, withServer } from "./server.ts";

const READERS = 50;
const EVERY_MS = 500;
const TRIGGERS = 20;
const IMPORTED = 200_000;
/** Documents that are there to be read. */
const READ = 5_000;
/** Documents of the triggers' own collection: the scheduler is measured, not what its runs compute. */
const GROUPED = 200;
const QUIET_MS = 10_000;
/** The first requests of a server wait for its code to be compiled. */
const WARM_UP_MS = 5_000;

export function readers({ database, scaled }: IngestOptions): Promise<BenchRow[]> {
  return withFolder(async (folder) => {
    const documents = scaled(IMPORTED, BATCH);
    const few = await writeArrow(join(folder, "few.arrow"), READ);
    const many = await writeArrow(join(folder, "many.arrow"), documents);
    return withServer(database, async ({ api }) => {
      await sendFile(api, "documents", few, READ);
      await sendFile(api, "grouped", await writeArrow(join(folder, "grouped.arrow"), GROUPED), GROUPED);
      const triggers = await makeTriggers(api);
      await read(api, triggers, scaled(WARM_UP_MS, 500));
      const quiet = await read(api, triggers, scaled(QUIET_MS, 2_000));
      const since = new Date();
      const done = new AbortController();
      const importing = sendFileBeside(api, "stream", many, documents).finally(() => done.abort());
      const stolenSince = beginStolen();
      const busy = await read(api, triggers, Infinity, done.signal);
      const stolen = stolenSince();
      const rate = await importing;
      const lateness = await latenessOf(api, triggers, since);
      return [
        distribution(`p99 of ${READERS} readers beside an import, ${database}`, busy, quiet),
        distribution(`lateness p99 of ${TRIGGERS} triggers every 5 s beside it, ${database}`, lateness, null),
        row("  the import beside them", "documents/s", rate, null),
        ...(stolen === undefined ? [] : [row("  taken by the host's other guests", "%", stolen * 100, null)]),
      ];
    });
  });
}

/** Interval triggers of a grouping by attribute, which is due every five seconds and computes in little time. */
async function makeTriggers(api: Api): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < TRIGGERS; i++) {
    const { trigger_id } = await api.call("POST", "/v1/clusters/triggers", {
      execution_config: {
        collection_ids: ["grouped"],
        config: { algorithm: "attribute_based", attributes: ["category"] },
      },
      trigger_type: "interval",
      schedule_config: { interval_seconds: 5 },
    });
    ids.push(trigger_id);
  }
  return ids;
}

/** Milliseconds of each request, until the time is over or the signal aborts. */
async function read(
  api: Api,
  triggers: readonly string[],
  forMs: number,
  signal?: AbortSignal,
): Promise<number[]> {
  const until = performance.now() + forMs;
  const latencies: number[] = [];
  const requests = [
    (i: number) => api.call("GET", `/v1/collections/documents/documents/doc-${(i * 7919) % 5_000}`),
    () => api.call("POST", "/v1/collections/documents/documents/list?limit=50", {}),
    (i: number) => api.call("POST", `/v1/clusters/triggers/${triggers[i % triggers.length]}/history`, {}),
  ];
  const reader = async (index: number) => {
    // People do not click at the same instant.
    await new Promise((resolve) => setTimeout(resolve, (index * EVERY_MS) / READERS));
    for (let i = index; performance.now() < until && !signal?.aborted; i++) {
      const started = performance.now();
      await requests[i % requests.length]!(i);
      const took = performance.now() - started;
      latencies.push(took);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - took)));
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, index) => reader(index)));
  return latencies;
}

/** Milliseconds between due and decided, of every decision since then. */
async function latenessOf(api: Api, triggers: readonly string[], since: Date): Promise<number[]> {
  const values: number[] = [];
  for (const id of triggers) {
    const { decisions } = await api.call("POST", `/v1/clusters/triggers/${id}/decisions`, {
      after: since.toISOString(),
      limit: 1000,
    });
    for (const { decided_at, last_due } of decisions)
      values.push(Date.parse(decided_at) - Date.parse(last_due));
  }
  return values;
}
