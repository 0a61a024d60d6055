import { GenericDeleteResponse } from "#contract/generic-responses.ts";
import { Type } from "typebox";

import { DocumentCreateRequest, DocumentResponse } from "#contract/documents.ts";
import { Nullable } from "#contract/nullable.ts";
import { makeOnce } from "../http/idempotency/new-id-for.ts";
import { route, type App } from "../http/route.ts";
import { notFound, notSupported } from "../platform/app-error.ts";
import { registerAggregateRoute } from "./aggregate/routes.ts";
import { registerChangeRoutes } from "./changes/routes.ts";
import { findCollection } from "./collections/store.ts";
import { createDocument } from "./create-document.ts";
import { deleteDocument } from "./delete-document.ts";
import type { DocumentsDeps } from "./deps.ts";
import { readVectorsOf, toDocumentResponse } from "./document-response.ts";
import { registerIngestRoute } from "./ingest/routes.ts";
import { registerListRoute } from "./listing/routes.ts";
import { findDocument } from "./store.ts";

const tag = "Documents";
const base = "/v1/collections/:collection_identifier/documents";
const params = Type.Object({ collection_identifier: Type.String() });
const documentParams = Type.Object({ collection_identifier: Type.String(), document_id: Type.String() });

export function registerDocumentRoutes(app: App, deps: DocumentsDeps): void {
  const { db, vectors } = deps;
  registerIngestRoute(app, deps);
  registerListRoute(app, deps);
  registerChangeRoutes(app, deps);
  registerAggregateRoute(app, deps);
  route(app, {
    method: "POST",
    url: base,
    permission: "write",
    namespace: true,
    bodyLimit: 16 * 1024 * 1024,
    tag,
    summary: "Create one document; ingest takes many",
    operationId: "create_document",
    schema: { params, body: DocumentCreateRequest, response: { 200: DocumentResponse } },
    idempotent: true,
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const collection = await findCollection(db.sql, request.namespace.namespaceId, collection_identifier);
      const make = (id: string) => createDocument(deps, collection, request.body, id);
      const read = async (id: string) => {
        const row = await findDocument(db.sql, collection.collectionId, id);
        if (!row) throw notFound("document", id);
        return toDocumentResponse(collection, row);
      };
      const given = request.body.document_id;
      if (given == null) return makeOnce(request, "doc", make, read);
      // A document with this id may be anybody's: it is not taken for one that an earlier try has made.
      await make(given);
      return read(given);
    },
  });
  route(app, {
    method: "GET",
    url: `${base}/:document_id`,
    permission: "read",
    namespace: true,
    tag,
    summary: "Get a document",
    operationId: "get_document",
    schema: {
      params: documentParams,
      querystring: Type.Object({
        return_presigned_urls: Type.Optional(Type.Boolean({ default: false })),
        return_vectors: Type.Optional(Nullable(Type.Boolean({ default: false }))),
      }),
      response: { 200: DocumentResponse },
    },
    handler: async (request) => {
      const { collection_identifier, document_id } = request.params;
      if (request.query.return_presigned_urls) {
        throw notSupported("return_presigned_urls", "Documents have no files here; leave it out.");
      }
      const collection = await findCollection(db.sql, request.namespace.namespaceId, collection_identifier);
      const row = await findDocument(db.sql, collection.collectionId, document_id);
      if (!row) throw notFound("document", document_id);
      if (!request.query.return_vectors) return toDocumentResponse(collection, row);
      const [own] = await readVectorsOf(db.sql, vectors, collection, [row]);
      return toDocumentResponse(collection, row, own);
    },
  });
  route(app, {
    method: "DELETE",
    url: `${base}/:document_id`,
    permission: "delete",
    namespace: true,
    tag,
    summary: "Delete a document",
    operationId: "delete_document",
    schema: { params: documentParams, response: { 200: GenericDeleteResponse } },
    handler: async (request) => {
      const { collection_identifier, document_id } = request.params;
      const collection = await findCollection(db.sql, request.namespace.namespaceId, collection_identifier);
      await deleteDocument(db, collection, document_id);
      return { message: `Document '${document_id}' was deleted`, success: true };
    },
  });
}
