import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { RecordBatchStreamWriter, type RecordBatch } from "apache-arrow";

import { BATCH, batchOf, type DataFile } from "./data.ts";

/** As many documents as an Arrow stream, batch by batch: no more than one is in memory. */
export async function writeArrowFile(path: string, documents: number): Promise<DataFile> {
  function* batches(): Generator<RecordBatch> {
    for (let from = 0; from < documents; from += BATCH)
      yield batchOf(from, Math.min(BATCH, documents - from));
  }
  const toBytes = RecordBatchStreamWriter.throughNode({ objectMode: true, autoDestroy: true });
  await pipeline(Readable.from(batches()), toBytes, createWriteStream(path));
  return { format: "arrow", path, contentType: "application/vnd.apache.arrow.stream" };
}
