import { Type } from "typebox";

import { ListDocumentsRequest, ListDocumentsResponse } from "#contract/documents.ts";
import { ListQuery } from "#contract/pagination.ts";
import { route, type App } from "../../http/route.ts";
import { findCollection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { listDocumentsPage, readListRequest } from "./list-documents.ts";

export function registerListRoute(app: App, deps: DocumentsDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/collections/:collection_identifier/documents/list",
    permission: "read",
    namespace: true,
    bodyOptional: true,
    tag: "Documents",
    summary:
      "List documents: filtered, searched, sorted or grouped; else in the order they were first stored",
    operationId: "list_documents",
    schema: {
      params: Type.Object({ collection_identifier: Type.String() }),
      querystring: ListQuery,
      body: ListDocumentsRequest,
      response: { 200: ListDocumentsResponse },
    },
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const { namespaceId } = request.namespace;
      const asked = readListRequest(request.query, request.body);
      const collection = await findCollection(deps.db.sql, namespaceId, collection_identifier);
      return listDocumentsPage(deps, collection, asked);
    },
  });
}
