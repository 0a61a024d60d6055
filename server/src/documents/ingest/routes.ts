import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

import { Type } from "typebox";

import { IngestRequest as IngestBody, IngestResponse } from "#contract/documents.ts";
import { route, type App } from "../../http/route.ts";
import { AppError, notSupported, ValidationFailed } from "../../platform/app-error.ts";
import { findCollection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { CONTENT_TYPES, ingestBody } from "./formats.ts";
import { ColumnQuery, givenColumns } from "./given-columns.ts";
import { jsonTooLarge, MAX_JSON_BYTES } from "./ingest-json.ts";
import { IngestRequest } from "./ingest-request.ts";

const JSON_TYPE = "application/json";

/** Ingestion reads its body itself while it arrives, so it lives in a context with parsers and validators of its own. */
export function registerIngestRoute(app: App, deps: DocumentsDeps): void {
  void app.register((own: App, _options, done) => {
    own.removeAllContentTypeParsers();
    // What is wrong with a body is said by the handler: Fastify cuts the connection when a parser refuses one, and a
    // client that is still sending would get an error instead of the answer.
    own.addContentTypeParser(CONTENT_TYPES, (_request, body, next) => next(null, body));
    const inherited = app.validatorCompiler!;
    own.setValidatorCompiler((part) =>
      part.httpPart === "body" ? (value: unknown) => ({ value }) : inherited(part),
    );
    declareRoute(own, deps);
    done();
  });
}

function declareRoute(app: App, deps: DocumentsDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/collections/:collection_identifier/documents/ingest",
    permission: "write",
    namespace: true,
    tag: "Documents",
    summary: "Store many documents: JSON, NDJSON, Arrow IPC, Parquet, CSV or npy, by Content-Type",
    operationId: "ingest_documents",
    schema: {
      params: Type.Object({ collection_identifier: Type.String() }),
      querystring: Type.Object({
        strict: Type.Optional(Type.Boolean({ default: false })),
        ...ColumnQuery,
      }),
      body: IngestBody,
      response: { 200: IngestResponse },
    },
    handler: async (request) => {
      refuseIdempotencyKey(request.headers);
      refuseBody(request.headers);
      const { collection_identifier } = request.params;
      const collection = await findCollection(
        deps.db.sql,
        request.namespace.namespaceId,
        collection_identifier,
      );
      const ingest = new IngestRequest(deps, collection, request.query.strict ?? false);
      const stream = request.body as unknown as IncomingMessage | undefined;
      if (!stream) throw new ValidationFailed([{ loc: ["body"], msg: "Field required", type: "missing" }]);
      const body = chunksOf(stream, () => deps.signals.announce("ingest.aborted"));
      await ingestBody(typeOf(request.headers), ingest, body, {
        columns: givenColumns(request.query),
        storageFolder: deps.vectors.storageFolder,
      });
      return ingest.answer;
    },
  });
}

/** Idempotency keys come with a later version; ignoring one would break the promise its sender relies on. */
export function refuseIdempotencyKey(headers: IncomingHttpHeaders): void {
  if (headers["idempotency-key"] === undefined) return;
  throw notSupported("Idempotency-Key", "Give documents ids: ingesting the same ones again changes nothing.");
}

function refuseBody(headers: IncomingHttpHeaders): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw notSupported(`Content-Encoding '${encoding}'`, "Send the body without compression.");
  }
  const length = Number(headers["content-length"] ?? 0);
  if (typeOf(headers) === JSON_TYPE && length > MAX_JSON_BYTES) throw jsonTooLarge();
}

/**
 * The body as it arrives. If reading ends early, because of an error, the rest is taken and dropped, so that a client
 * that is still sending gets to read the answer. A client that goes away ends the reading with an error.
 */
async function* chunksOf(body: IncomingMessage, onAborted: () => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (error) {
    if (!body.destroyed || body.complete) throw error;
    onAborted();
    throw new AppError("invalid_value", "The request ended before its body was complete.", { cause: error });
  } finally {
    body.resume();
  }
}

function typeOf(headers: IncomingHttpHeaders): string {
  return (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
}
