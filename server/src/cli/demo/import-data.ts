import type { Recluster } from "#client/client.ts";
import { systemClock } from "../../platform/clock.ts";
import { showProgress } from "../output/progress.ts";
import { DIGIT_DIMENSIONS, readDigits, readTexts, TEXT_DIMENSIONS, type DemoDocument } from "./demo-data.ts";
import { say, section } from "./say.ts";

export interface ImportedData {
  /** The digit each picture shows, by document id; clustering never sees it. */
  readonly labels: ReadonlyMap<string, number>;
  /** Imports the eights and the nines. */
  importUnseen(): Promise<void>;
}

/** Digits that come later: what they show is in none of the pictures before. */
const UNSEEN = [8, 9];

/** Makes the collections `docs` and `digits` and imports the texts and the digits from 0 to 7. */
export async function importData(client: Recluster): Promise<ImportedData> {
  section("Documents in");
  const texts = await readTexts();
  const digits = await readDigits();
  const isUnseen = ({ payload }: DemoDocument): boolean => UNSEEN.includes(payload.digit as number);
  await client.collections.create({
    collection_name: "docs",
    features: [{ name: "text", dimensions: TEXT_DIMENSIONS }],
  });
  await client.collections.create({
    collection_name: "digits",
    features: [{ name: "pixels", dimensions: DIGIT_DIMENSIONS }],
  });
  await importInto(client, "docs", "texts", texts);
  await importInto(
    client,
    "digits",
    "digits 0 to 7",
    digits.filter((digit) => !isUnseen(digit)),
  );
  return {
    labels: new Map(digits.map((document) => [document.document_id, document.payload.digit as number])),
    importUnseen: async () => {
      section("Documents arrive that are like nothing before: eights and nines");
      await importInto(client, "digits", "digits 8 and 9", digits.filter(isUnseen));
    },
  };
}

async function importInto(
  client: Recluster,
  collection: string,
  label: string,
  documents: readonly DemoDocument[],
): Promise<void> {
  const progress = showProgress(label, documents.length, "documents", systemClock.monotonicMs);
  const result = await client.documents.ingestAll(collection, documents, {
    onProgress: (done) => progress.update(done),
  });
  progress.finish();
  const { document_count: count } = await client.collections.get(collection);
  say(`${collection}: ${result.ingested} new, ${result.failed} refused; the collection holds ${count}`);
}
