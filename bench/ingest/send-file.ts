import { openAsBlob } from "node:fs";

import type { Api } from "../../test/factories/api.ts";
import { DIMENSIONS, FEATURE, type DataFile } from "./data.ts";

/**
 * Makes the collection and streams the file into it in one request. Documents a second until the answer, which says
 * that all are durable; throws when one is missing.
 */
export async function sendFile(
  api: Api,
  collection: string,
  file: DataFile,
  documents: number,
): Promise<number> {
  await api.call("POST", "/v1/collections", {
    collection_name: collection,
    features: [{ name: FEATURE, dimensions: DIMENSIONS }],
  });
  const body = await openAsBlob(file.path);
  const started = performance.now();
  const response = await fetch(`${api.url}/v1/collections/${collection}/documents/ingest`, {
    method: "POST",
    headers: { ...api.headers, "content-type": file.contentType },
    body: body.stream(),
    duplex: "half",
  });
  const text = await response.text();
  const seconds = (performance.now() - started) / 1000;
  const { ingested, failed } = JSON.parse(text) as { ingested?: number; failed?: number };
  if (ingested !== documents || failed !== 0)
    throw new Error(`${file.format}: ${response.status} ${text.slice(0, 500)}`);
  return documents / seconds;
}
