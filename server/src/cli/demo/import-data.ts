import type { Recluster } from "#client/client.ts";
import { systemClock } from "../../platform/clock.ts";
import { showProgress } from "../output/progress.ts";
import { DIGIT_DIMENSIONS, readDigits, readTexts, TEXT_DIMENSIONS, type DemoDocument } from "./demo-data.ts";
import { say, section } from "./say.ts";

export interface ImportedData {
  /** The digit each picture shows, by document id; clustering never sees it. */
  readonly labels: ReadonlyMap<string, number>;
  /** Imports the other half of the digits. Returns when its first and its last documents were acknowledged. */
  importSecondHalf(): Promise<{ firstBatchAt: Date; doneAt: Date }>;
}

/** Makes the collections `docs` and `digits` and imports the texts and half of the digits. */
export async function importData(client: Recluster): Promise<ImportedData> {
  section("Documents in");
  const texts = await readTexts();
  const digits = await readDigits();
  const half = Math.floor(digits.length / 2);
  await client.collections.create({
    collection_name: "docs",
    features: [{ name: "text", dimensions: TEXT_DIMENSIONS }],
  });
  await client.collections.create({
    collection_name: "digits",
    features: [{ name: "pixels", dimensions: DIGIT_DIMENSIONS }],
  });
  await importInto(client, "docs", "texts", texts);
  await importInto(client, "digits", "digits, first half", digits.slice(0, half));
  return {
    labels: new Map(digits.map((document) => [document.document_id, document.payload.digit as number])),
    importSecondHalf: async () => {
      section("More documents arrive");
      return importInto(client, "digits", "digits, second half", digits.slice(half));
    },
  };
}

async function importInto(
  client: Recluster,
  collection: string,
  label: string,
  documents: readonly DemoDocument[],
) {
  const progress = showProgress(label, documents.length, "documents", systemClock.monotonicMs);
  let firstBatchAt: Date | undefined;
  const result = await client.documents.ingestAll(collection, documents, {
    onProgress: (done) => {
      firstBatchAt ??= systemClock.now();
      progress.update(done);
    },
  });
  progress.finish();
  const { document_count: count } = await client.collections.get(collection);
  say(`${collection}: ${result.ingested} new, ${result.failed} refused; the collection holds ${count}`);
  const doneAt = systemClock.now();
  return { firstBatchAt: firstBatchAt ?? doneAt, doneAt };
}
