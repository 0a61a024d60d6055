import { AppError, ValidationFailed } from "../../platform/app-error.ts";
import type { IngestRequest } from "./ingest-request.ts";
import { IngestUnit } from "./ingest-unit.ts";
import { parseDocument } from "./parse-document.ts";
import { splitDocuments } from "./split-documents.ts";

const MAX_DOCUMENTS = 10_000;
export const MAX_JSON_BYTES = 128 * 1024 * 1024;
/** Parsed between two turns of the event loop: about 10 ms. */
const BYTES_A_TURN = 1024 * 1024;

/**
 * Ingests `{"documents": [ … ]}`: one unit, committed when all of it has arrived. Throws ValidationFailed for JSON
 * that does not parse, `body_too_large` above 128 MiB or 10,000 documents; then nothing is stored.
 */
export async function ingestJson(request: IngestRequest, source: AsyncIterable<Buffer>): Promise<void> {
  const unit = new IngestUnit(request);
  let index = 0;
  const giveWay = request.courtesy.begin();
  let sinceTurn = 0;
  for await (const bytes of splitDocuments(limited(source))) {
    if (index === MAX_DOCUMENTS) {
      throw new AppError(
        "body_too_large",
        `A JSON request takes up to ${MAX_DOCUMENTS} documents; this has more. ` +
          "Send several requests, or NDJSON (Content-Type application/x-ndjson), which has no limit.",
        { details: { max_documents: MAX_DOCUMENTS } },
      );
    }
    unit.add(parse(bytes, index), index, bytes.length);
    index += 1;
    sinceTurn += bytes.length;
    if (sinceTurn < BYTES_A_TURN) continue;
    sinceTurn = 0;
    await giveWay();
  }
  await request.commit([unit], true);
}

function parse(bytes: Buffer, index: number): unknown {
  try {
    return parseDocument(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ValidationFailed([
      {
        loc: ["body", "documents", index],
        msg: `The body is not valid JSON: document ${index}: ${error.message}`,
        type: "json_invalid",
      },
    ]);
  }
}

async function* limited(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    if (total > MAX_JSON_BYTES) throw jsonTooLarge();
    yield chunk;
  }
}

export function jsonTooLarge(): AppError {
  return new AppError(
    "body_too_large",
    "A JSON body of documents takes up to 128 MiB. " +
      "Send several requests, or NDJSON (Content-Type application/x-ndjson), which has no limit.",
    { details: { max_bytes: MAX_JSON_BYTES } },
  );
}
