import type { IngestResponse } from "#contract/documents.ts";
import type { Documents, IngestOptions, NewDocument } from "./documents.ts";

/** The server commits NDJSON by 1,000 lines, so that is a request; one of long lines stays below some megabytes. */
const MOST_LINES = 1_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;

export interface IngestAllOptions extends IngestOptions {
  /** Called after each request with the documents sent so far; what was answered is durable. */
  readonly onProgress?: (sent: number) => void;
}

/**
 * Sends documents as NDJSON, request by request, and adds up the answers; `index` of an error counts from the first
 * document of all. The next documents are taken from the source only when the request before them has been answered,
 * so a source of any size needs the memory of one request. A request that fails throws.
 */
export async function ingestAll(
  target: Documents,
  collection: string,
  documents: AsyncIterable<NewDocument> | Iterable<NewDocument>,
  { onProgress, ...options }: IngestAllOptions = {},
): Promise<IngestResponse> {
  const total: IngestResponse = { ingested: 0, updated: 0, unchanged: 0, failed: 0, errors: [] };
  let sent = 0;
  let lines: string[] = [];
  let characters = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const answer = await target.ingestLines(collection, `${lines.join("\n")}\n`, options);
    for (const name of ["ingested", "updated", "unchanged", "failed"] as const) total[name] += answer[name];
    for (const error of answer.errors) total.errors.push({ ...error, index: error.index + sent });
    sent += lines.length;
    lines = [];
    characters = 0;
    onProgress?.(sent);
  };
  for await (const document of documents) {
    const line = JSON.stringify(document);
    if (lines.length >= MOST_LINES || characters + line.length > MOST_CHARACTERS) await flush();
    lines.push(line);
    characters += line.length;
  }
  await flush();
  return total;
}
