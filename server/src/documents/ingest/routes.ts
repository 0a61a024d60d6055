import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

import type { FastifyRequest } from "fastify";
import { Type } from "typebox";

import { IngestRequest as IngestBody, IngestResponse } from "#contract/documents.ts";
import { encodingOf } from "../../http/content-encoding.ts";
import { newIdFor } from "../../http/idempotency/new-id-for.ts";
import { route, type App } from "../../http/route.ts";
import { ValidationFailed } from "../../platform/app-error.ts";
import { findCollection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { CONTENT_TYPES, ingestBody } from "./formats.ts";
import { ColumnQuery, givenColumns } from "./given-columns.ts";
import { jsonTooLarge, MAX_JSON_BYTES } from "./ingest-json.ts";
import { IngestRequest, type IngestOptions } from "./ingest-request.ts";
import { RequestBody } from "./read-body.ts";

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
  const bodies = new WeakMap<FastifyRequest, RequestBody>();
  const open = (request: FastifyRequest) => {
    const body = openBody(request, () => deps.signals.announce("ingest.aborted"));
    bodies.set(request, body);
    return body;
  };
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
    readsEncodings: true,
    idempotent: { bodyHash: (request) => hashOf(bodies.get(request) ?? open(request)) },
    handler: async (request) => {
      refuseBody(request.headers);
      const { collection_identifier } = request.params;
      const collection = await findCollection(
        deps.db.sql,
        request.namespace.namespaceId,
        collection_identifier,
      );
      const ingest = new IngestRequest(deps, collection, {
        strict: request.query.strict ?? false,
        ...underKey(request, collection.collectionId),
      });
      const body = open(request);
      try {
        await ingestBody(typeOf(request.headers), ingest, body.chunks, {
          columns: givenColumns(request.query),
          storageFolder: deps.vectors.storageFolder,
        });
        await body.readToEnd();
      } catch (error) {
        // An answer may not come before the last word on a unit in commit; if that failed, it failed first.
        const first = await ingest.settled().then(
          () => error,
          (earlier: unknown) => earlier,
        );
        throw ingest.withDurable(first);
      } finally {
        await body.close();
      }
      return ingest.answer;
    },
  });
}

function openBody(request: FastifyRequest, onAborted: () => void): RequestBody {
  const stream = request.body as IncomingMessage | undefined;
  if (!stream) throw new ValidationFailed([{ loc: ["body"], msg: "Field required", type: "missing" }]);
  const hashed = request.headers["idempotency-key"] !== undefined;
  return new RequestBody(stream, { encoding: encodingOf(request.headers), hashed, onAborted });
}

async function hashOf(body: RequestBody): Promise<string> {
  try {
    return await body.hash();
  } finally {
    await body.close();
  }
}

/** A request with an Idempotency-Key makes the same ids at every try, and stops when another has taken its key over. */
function underKey(request: FastifyRequest, collectionId: string): Partial<IngestOptions> {
  const { heldKey } = request;
  if (!heldKey) return {};
  return {
    idFor: (index, content) => newIdFor(request, "doc", collectionId, index, content),
    beforeUnit: () => heldKey.assertHeld(),
  };
}

function refuseBody(headers: IncomingHttpHeaders): void {
  const length = Number(headers["content-length"] ?? 0);
  if (typeOf(headers) === JSON_TYPE && length > MAX_JSON_BYTES) throw jsonTooLarge();
}

function typeOf(headers: IncomingHttpHeaders): string {
  return (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
}
