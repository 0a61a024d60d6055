import { GenericDeleteResponse } from "#contract/generic-responses.ts";
import { Type } from "typebox";

import {
  CollectionResponse,
  CreateCollectionRequest,
  ListCollectionsRequest,
  ListCollectionsResponse,
  PatchCollectionRequest,
} from "#contract/collections.ts";
import { ListQuery } from "#contract/pagination.ts";
import { makeOnce } from "../../http/idempotency/new-id-for.ts";
import { route, type App } from "../../http/route.ts";
import type { DocumentsDeps } from "../deps.ts";
import { changeCollection, createCollection, deleteCollection } from "./change-collection.ts";
import { toCollectionResponse } from "./collection-response.ts";
import { listPage } from "./list-page.ts";
import { findCollection } from "./store.ts";

const tag = "Collections";
const params = Type.Object({ collection_identifier: Type.String() });

export function registerCollectionRoutes(app: App, deps: DocumentsDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/collections",
    permission: "write",
    namespace: true,
    tag,
    summary: "Create a collection with named features",
    operationId: "create_collection",
    schema: { body: CreateCollectionRequest, response: { 200: CollectionResponse } },
    idempotent: true,
    handler: async (request) => {
      const { namespaceId } = request.namespace;
      const make = (id: string) => createCollection(deps, namespaceId, request.body, id);
      const read = (id: string) => findCollection(deps.db.sql, namespaceId, id);
      return toCollectionResponse(await makeOnce(request, "col", make, read));
    },
  });
  route(app, {
    method: "POST",
    url: "/v1/collections/list",
    permission: "read",
    namespace: true,
    bodyOptional: true,
    tag,
    summary: "List collections, newest first unless sorted otherwise",
    operationId: "list_collections",
    schema: {
      querystring: ListQuery,
      body: ListCollectionsRequest,
      response: { 200: ListCollectionsResponse },
    },
    handler: (request) => listPage(deps.db.sql, request.namespace.namespaceId, request.query, request.body),
  });
  route(app, {
    method: "GET",
    url: "/v1/collections/:collection_identifier",
    permission: "read",
    namespace: true,
    tag,
    summary: "Get a collection by id or name",
    operationId: "get_collection",
    schema: { params, response: { 200: CollectionResponse } },
    handler: async (request) =>
      toCollectionResponse(
        await findCollection(
          deps.db.sql,
          request.namespace.namespaceId,
          request.params.collection_identifier,
        ),
      ),
  });
  route(app, {
    method: "PATCH",
    url: "/v1/collections/:collection_identifier",
    permission: "write",
    namespace: true,
    tag,
    summary: "Change a collection's name, description, metadata or whether it takes documents",
    operationId: "update_collection",
    schema: { params, body: PatchCollectionRequest, response: { 200: CollectionResponse } },
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const { namespaceId } = request.namespace;
      return toCollectionResponse(
        await changeCollection(deps, namespaceId, collection_identifier, request.body),
      );
    },
  });
  route(app, {
    method: "DELETE",
    url: "/v1/collections/:collection_identifier",
    permission: "delete",
    namespace: true,
    tag,
    summary:
      "Delete a collection with its documents; refused while clusters or triggers use it, unless forced",
    operationId: "delete_collection",
    schema: {
      params,
      querystring: Type.Object({ force: Type.Optional(Type.Boolean({ default: false })) }),
      response: { 200: GenericDeleteResponse },
    },
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const { namespaceId } = request.namespace;
      await deleteCollection(deps, namespaceId, collection_identifier, {
        force: request.query.force ?? false,
      });
      return { message: `Collection '${collection_identifier}' was deleted`, success: true };
    },
  });
}
