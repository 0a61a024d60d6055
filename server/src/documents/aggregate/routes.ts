import { Type } from "typebox";

import { DocumentAggregationRequest, DocumentAggregationResponse } from "#contract/document-aggregates.ts";
import { route, type App } from "../../http/route.ts";
import { findCollection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { aggregateDocuments } from "./aggregate-documents.ts";
import { readAggregate } from "./read-aggregate.ts";

export function registerAggregateRoute(app: App, { db }: DocumentsDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/collections/:collection_identifier/documents/aggregate",
    permission: "read",
    namespace: true,
    tag: "Documents",
    summary: "Group documents and compute figures over each group",
    operationId: "aggregate_documents",
    schema: {
      params: Type.Object({ collection_identifier: Type.String() }),
      body: DocumentAggregationRequest,
      response: { 200: DocumentAggregationResponse },
    },
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const plan = readAggregate(request.body);
      const collection = await findCollection(db.sql, request.namespace.namespaceId, collection_identifier);
      return aggregateDocuments(db.sql, collection.collectionId, plan);
    },
  });
}
