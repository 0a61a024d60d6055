import { GenericDeleteResponse } from "#contract/generic-responses.ts";
import {
  CreateNamespaceRequest,
  DeleteNamespaceQuery,
  ListNamespacesRequest,
  ListNamespacesResponse,
  NamespaceModel,
  NamespaceParams,
  PatchNamespaceRequest,
  UpdateNamespaceRequest,
} from "#contract/namespaces.ts";
import { ListQuery } from "#contract/pagination.ts";
import type { Database } from "../../db/database.ts";
import { makeOnce } from "../../http/idempotency/new-id-for.ts";
import { decodeCursor, encodeCursor, paginationOf } from "../../http/list-page.ts";
import { route, type App } from "../../http/route.ts";
import { notFound, notSupported } from "../../platform/app-error.ts";
import { NO_QUOTAS, type Quotas } from "../../platform/config.ts";
import type { Caller } from "../caller.ts";
import { findNamespace } from "../find-namespace.ts";
import type { TenancyDeps } from "../keys/routes.ts";
import { inForce } from "../quotas/read-quotas.ts";
import { changeNamespace, createNamespace, removeNamespace } from "./change-namespace.ts";
import { VECTORS_EXTRACTOR } from "./hosted-fields.ts";
import { countNamespaces, listNamespaces, readNamespace, type NamespaceRow } from "./store.ts";

const NAMESPACES = "/v1/namespaces";
const ONE = `${NAMESPACES}/:namespace_identifier`;
const shared = { namespace: false, tag: "Namespaces" } as const;

export function registerNamespaceRoutes(app: App, deps: Pick<TenancyDeps, "db" | "quotas">): void {
  const { db, quotas = NO_QUOTAS } = deps;
  const toModel = (row: NamespaceRow) => toNamespaceModel(row, quotas);
  const read = async (caller: Caller, identifier: string) => {
    const { namespaceId } = await findNamespace(db.sql, caller, identifier);
    const row = await readNamespace(db.sql, namespaceId);
    if (!row) throw notFound("namespace", identifier, "organization");
    return toModel(row);
  };
  route(app, {
    ...shared,
    method: "POST",
    url: NAMESPACES,
    permission: "admin",
    summary: "Create a namespace",
    operationId: "create_namespace",
    schema: { body: CreateNamespaceRequest, response: { 200: NamespaceModel } },
    idempotent: true,
    handler: (request) => {
      const make = (id: string) => createNamespace(db, request.caller, request.body, id);
      return makeOnce(request, "ns", make, (id) => read(request.caller, id));
    },
  });
  route(app, {
    ...shared,
    method: "GET",
    url: ONE,
    permission: "read",
    summary: "Get a namespace by id or name",
    operationId: "get_namespace",
    schema: { params: NamespaceParams, response: { 200: NamespaceModel } },
    handler: ({ caller, params }) => read(caller, params.namespace_identifier),
  });
  route(app, {
    ...shared,
    method: "POST",
    url: `${NAMESPACES}/list`,
    permission: "read",
    bodyOptional: true,
    summary: "List the namespaces this key can see, oldest first",
    operationId: "list_namespaces",
    schema: {
      querystring: ListQuery,
      body: ListNamespacesRequest,
      response: { 200: ListNamespacesResponse },
    },
    handler: ({ caller, query, body }) => listPage(db, toModel, caller, query, body),
  });
  route(app, {
    ...shared,
    method: "PUT",
    url: ONE,
    permission: "admin",
    bodyOptional: true,
    summary: "Rename a namespace, replace its quotas",
    operationId: "update_namespace",
    schema: { params: NamespaceParams, body: UpdateNamespaceRequest, response: { 200: NamespaceModel } },
    handler: async ({ caller, params, body }) => {
      const { namespace_name, payload_indexes, quotas } = body;
      const request = {
        ...(namespace_name === undefined ? {} : { namespace_name }),
        ...(payload_indexes === undefined ? {} : { payload_indexes }),
        ...(quotas === undefined ? {} : { quotas }),
      };
      return toModel(await changeNamespace(db, caller, params.namespace_identifier, request, "PUT"));
    },
  });
  route(app, {
    ...shared,
    method: "PATCH",
    url: ONE,
    permission: "admin",
    bodyOptional: true,
    summary: "Rename or describe a namespace, change its quotas",
    operationId: "patch_namespace",
    schema: { params: NamespaceParams, body: PatchNamespaceRequest, response: { 200: NamespaceModel } },
    handler: async ({ caller, params, body }) =>
      toModel(await changeNamespace(db, caller, params.namespace_identifier, body, "PATCH")),
  });
  route(app, {
    ...shared,
    method: "DELETE",
    url: ONE,
    permission: "admin",
    summary: "Delete an empty namespace",
    operationId: "delete_namespace",
    schema: {
      params: NamespaceParams,
      querystring: DeleteNamespaceQuery,
      response: { 200: GenericDeleteResponse },
    },
    handler: async ({ caller, params, query }) => {
      if (query.force) {
        throw notSupported(
          "force",
          "Delete the namespace's clusters and collections by their own routes first.",
        );
      }
      await removeNamespace(db, caller, params.namespace_identifier);
      return { message: `The namespace '${params.namespace_identifier}' is deleted.`, success: true };
    },
  });
}

async function listPage(
  db: Database,
  toModel: (row: NamespaceRow) => NamespaceModel,
  caller: Caller,
  query: ListQuery,
  body: ListNamespacesRequest,
): Promise<ListNamespacesResponse> {
  if (body.filters && Object.keys(body.filters).length > 0) {
    throw notSupported("filters", "Use search, or leave filters out.");
  }
  if (body.sort && Object.keys(body.sort).length > 0) {
    throw notSupported("sort", "Namespaces come oldest first.");
  }
  const { limit = 50, offset = 0, cursor, include_total = false } = query;
  const filter = {
    organizationId: caller.organizationId,
    namespaceIds: caller.namespaceScope,
    search: body.search ?? null,
    caseSensitive: body.case_sensitive ?? false,
  };
  const binding = ["namespaces", filter];
  const position = cursor === undefined ? null : (decodeCursor(binding, cursor) as [string, string]);
  const rows = await listNamespaces(db.sql, filter, { limit: limit + 1, offset, position });
  const total = await countNamespaces(db.sql, filter);
  const results = rows.slice(0, limit);
  const last = results.at(-1);
  return {
    results: results.map(toModel),
    pagination: paginationOf({
      url: `${NAMESPACES}/list`,
      limit,
      offset,
      byCursor: cursor !== undefined,
      total: include_total ? total : null,
      nextCursor:
        rows.length > limit && last
          ? encodeCursor(binding, [last.created_at.toISOString(), last.namespace_id])
          : null,
    }),
    total_count: total,
    stats: null,
  };
}

function toNamespaceModel(row: NamespaceRow, defaults: Quotas): NamespaceModel {
  return {
    namespace_id: row.namespace_id,
    namespace_name: row.name,
    namespace_type: "standard",
    infrastructure: null,
    cluster_id: null,
    description: row.description,
    feature_extractors: [VECTORS_EXTRACTOR],
    payload_indexes: [],
    document_count: row.document_count,
    bucket_count: 0,
    collection_count: row.collection_count,
    object_count: 0,
    auto_create_indexes: false,
    vector_inference_map: null,
    quotas: inForce(row.quotas, defaults),
    usage: { documents: row.document_count, bytes: row.size_bytes },
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
