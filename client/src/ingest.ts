import { path, type Transport } from "./transport.ts";

/** A document as the ingest route takes it; what it lacks the server makes. */
export interface IngestDocument {
  readonly document_id?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly vectors?: Readonly<Record<string, readonly number[]>>;
}

export interface IngestCounts {
  ingested: number;
  updated: number;
  unchanged: number;
  failed: number;
}

/** `index` counts from the first document of the whole import, not of the request it went with. */
export interface IngestResult extends IngestCounts {
  readonly errors: { index: number; document_id: string | null; message: string }[];
}

export interface IngestOptions {
  /** Called after each request with what is durable so far. */
  readonly onProgress?: (sent: number, counts: Readonly<IngestCounts>) => void;
  readonly strict?: boolean;
  readonly signal?: AbortSignal;
}

/** The server commits NDJSON by 1,000 lines; a request holds a few such units and stays below some megabytes. */
const MOST_LINES = 5_000;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/**
 * Sends documents as NDJSON, request by request. The next documents are taken from the source only when the request
 * before them has been answered, so a source of any size needs the memory of one request. A request that fails throws;
 * what `onProgress` reported before is durable.
 */
export async function ingestAll(
  transport: Transport,
  collection: string,
  documents: AsyncIterable<IngestDocument> | Iterable<IngestDocument>,
  { onProgress, strict, signal }: IngestOptions = {},
): Promise<IngestResult> {
  const total: IngestResult = { ingested: 0, updated: 0, unchanged: 0, failed: 0, errors: [] };
  let sent = 0;
  let lines: string[] = [];
  let characters = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const answer = await transport.request<IngestResult>(
      "POST",
      path`/v1/collections/${collection}/documents/ingest`,
      {
        raw: { content: `${lines.join("\n")}\n`, contentType: "application/x-ndjson" },
        query: { strict },
        ...(signal === undefined ? {} : { signal }),
      },
    );
    for (const name of ["ingested", "updated", "unchanged", "failed"] as const) total[name] += answer[name];
    for (const error of answer.errors) total.errors.push({ ...error, index: error.index + sent });
    sent += lines.length;
    lines = [];
    characters = 0;
    onProgress?.(sent, total);
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
