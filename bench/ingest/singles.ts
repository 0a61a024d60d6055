/**
 * Documents that come one by one: how many a second, and what they weigh on the disk once they are flushed, beside the
 * bytes of their vectors and payloads.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { median, row, type BenchRow } from "../result.ts";
import { DIMENSIONS, FEATURE, vectorsFrom } from "./data.ts";
import type { IngestOptions } from "./main.ts";
import { withServer } from "./server.ts";

const DOCUMENTS = 5_000;
const SENDERS = 8;
/** The flush waits for company 30 s at most; then its round comes, and vacuum's. */
const PATIENCE_MS = 90_000;

export function singles({ database, scaled }: IngestOptions): Promise<BenchRow[]> {
  return withServer(database, async ({ api, folder }) => {
    const documents = scaled(DOCUMENTS, 100);
    await api.call("POST", "/v1/collections", {
      collection_name: "documents",
      features: [{ name: FEATURE, dimensions: DIMENSIONS }],
    });
    const vectors = vectorsFrom(0, documents);
    const before = await weigh(join(folder, "database"));
    let bytes = 0;
    let next = 0;
    const latencies: number[] = [];
    const started = performance.now();
    const sender = async () => {
      for (let i = next++; i < documents; i = next++) {
        const vector = Array.from(vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS));
        const metadata = { title: `Ticket ${i}`, category: `c${i % 40}` };
        bytes += 4 * DIMENSIONS + JSON.stringify(metadata).length;
        const sent = performance.now();
        await api.call("POST", "/v1/collections/documents/documents", {
          collection_id: "documents",
          document_id: `doc-${i}`,
          metadata,
          features: [{ feature_extractor_id: FEATURE, vectors: vector }],
        });
        latencies.push(performance.now() - sent);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    const rate = (documents / (performance.now() - started)) * 1000;
    await untilFlushed(api, folder);
    const storage = await weigh(join(folder, "storage"));
    const grown = (await weigh(join(folder, "database"))) - before;
    const name = `${documents.toLocaleString("en-US")} single inserts, ${SENDERS} senders, ${database}`;
    return [
      row(name, "documents/s", rate, null, { median_ms: Number(median(latencies).toFixed(1)) }),
      row("  their vectors on the disk after the flush, beside the data", "MB", storage / 1e6, bytes / 1e6),
      ...(database === "pglite"
        ? [row("  what the database's folder has grown by, beside the data", "MB", grown / 1e6, bytes / 1e6)]
        : []),
    ];
  });
}

/** Until nothing waits to be flushed any more, and the folder has come to rest. */
async function untilFlushed(
  api: { call: (method: string, path: string) => Promise<any> },
  folder: string,
): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let last = -1;
  while (performance.now() < until) {
    const { pending } = await api.call("GET", "/v1/storage");
    const now = await weigh(folder);
    if (pending.staged_vectors === 0 && now === last) return;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 12_000));
  }
  throw new Error("the staged vectors were not flushed in time");
}

async function weigh(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  let bytes = 0;
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile()) bytes += found.size;
  }
  return bytes;
}
