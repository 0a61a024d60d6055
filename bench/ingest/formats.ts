/**
 * The same documents in each format, each file streamed to the ingest route of a server of its own. Beside LanceDB's
 * bare append of the same vectors in batches of 10,000, and the disk's own speed for the bytes of the vectors.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";

import { VectorStore } from "../../server/src/documents/vector-store.ts";
import { median, row, type BenchRow } from "../result.ts";
import { BATCH, DIMENSIONS, vectorsFrom, writeDataFiles } from "./data.ts";
import type { IngestOptions } from "./main.ts";
import { sendFile } from "./send-file.ts";
import { withFolder, withServer } from "./server.ts";

const DOCUMENTS = 200_000;
const ROUNDS = 3;

export function formats({ database, scaled }: IngestOptions): Promise<BenchRow[]> {
  return withFolder(async (folder) => {
    const documents = scaled(DOCUMENTS, 2_000);
    const files = await writeDataFiles(folder, documents);
    const figures = new Map<string, { rates: number[]; peaks: number[] }>();
    const bare: number[] = [];
    const disk: number[] = [];
    // In turn, so that what slows the machine slows all of them.
    for (let round = 0; round < ROUNDS; round++) {
      disk.push(await writeBare(join(folder, "bytes"), documents));
      bare.push(await appendBare(documents));
      for (const file of files) {
        const of = figures.get(file.format) ?? { rates: [], peaks: [] };
        figures.set(file.format, of);
        await withServer(database, async (server) => {
          of.rates.push(await sendFile(server.api, "documents", file, documents));
          of.peaks.push(server.peakBytes() / 1e6);
        });
      }
    }
    const baseline = median(bare);
    const size = `${documents.toLocaleString("en-US")} × ${DIMENSIONS}`;
    return [
      row(`the disk alone, bytes of ${size}`, "documents/s", median(disk), baseline),
      ...files.map(({ format }) => {
        const { rates, peaks } = figures.get(format)!;
        return row(`${format} over HTTP, ${size}, ${database}`, "documents/s", median(rates), baseline, {
          share_of_bare: `${Math.round((100 * median(rates)) / baseline)} %`,
          slowest: Math.round(Math.min(...rates)),
          fastest: Math.round(Math.max(...rates)),
          peak_MB: Math.round(median(peaks)),
        });
      }),
    ];
  });
}

function appendBare(documents: number): Promise<number> {
  return withFolder(async (folder) => {
    const store = new VectorStore(folder);
    let ms = 0;
    for (let from = 0; from < documents; from += BATCH) {
      const count = Math.min(BATCH, documents - from);
      const vectors = vectorsFrom(from, count);
      const ids = BigInt64Array.from({ length: count }, (_, i) => BigInt(from + i));
      const started = performance.now();
      await store.append({ collectionId: "col_bare", feature: 0 }, DIMENSIONS, ids, vectors);
      ms += performance.now() - started;
    }
    await store.close();
    return (documents / ms) * 1000;
  });
}

/** The vectors' bytes into one file, flushed to the disk. */
async function writeBare(path: string, documents: number): Promise<number> {
  const file = await open(path, "w");
  let ms = 0;
  for (let from = 0; from < documents; from += BATCH) {
    const vectors = vectorsFrom(from, Math.min(BATCH, documents - from));
    const started = performance.now();
    await file.write(new Uint8Array(vectors.buffer));
    ms += performance.now() - started;
  }
  const started = performance.now();
  await file.sync();
  ms += performance.now() - started;
  await file.close();
  return (documents / ms) * 1000;
}
