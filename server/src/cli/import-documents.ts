import type { Recluster } from "#client/client.ts";
import type { NewDocument } from "#client/documents.ts";
import type { IngestResponse } from "#contract/documents.ts";

/** Documents of a request: what the server commits together. */
const BATCH = 1000;

export type ImportResult = IngestResponse;

/** Sends documents in requests of NDJSON, one after the other, and adds up the answers; indexes count the whole import. */
export async function importDocuments(
  client: Recluster,
  collection: string,
  documents: AsyncIterable<NewDocument> | Iterable<NewDocument>,
  onProgress: (documents: number) => void,
): Promise<ImportResult> {
  const total = { ingested: 0, updated: 0, unchanged: 0, failed: 0, errors: [] as IngestResponse["errors"] };
  let lines: string[] = [];
  let sent = 0;
  const flush = async () => {
    const answer = await client.documents.ingestLines(collection, lines.join("\n"));
    total.ingested += answer.ingested;
    total.updated += answer.updated;
    total.unchanged += answer.unchanged;
    total.failed += answer.failed;
    for (const error of answer.errors) total.errors.push({ ...error, index: sent + error.index });
    sent += lines.length;
    lines = [];
    onProgress(sent);
  };
  for await (const document of documents) {
    lines.push(JSON.stringify(document));
    if (lines.length === BATCH) await flush();
  }
  if (lines.length > 0) await flush();
  return total;
}
