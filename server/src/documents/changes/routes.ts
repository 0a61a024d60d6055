import { Type } from "typebox";

import {
  BatchDeleteDocumentsRequest,
  BatchDeleteDocumentsResponse,
  BatchUpdateDocumentsRequest,
  BatchUpdateDocumentsResponse,
  BulkUpdateDocumentsRequest,
  BulkUpdateDocumentsResponse,
  UpdateData,
} from "#contract/document-changes.ts";
import { DocumentResponse } from "#contract/documents.ts";
import { route, type App } from "../../http/route.ts";
import { notFound } from "../../platform/app-error.ts";
import { findCollection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { toDocumentResponse } from "../document-response.ts";
import { findDocument } from "../store.ts";
import { readBatchDelete, readBatchUpdate } from "./batch-requests.ts";
import { changeBatch } from "./change-batch.ts";
import { changeMatching } from "./change-matching.ts";
import { changeUnit } from "./change-unit.ts";
import { deleteBatch, deleteMatching } from "./delete-documents.ts";
import { readOnlyUpdate } from "./read-update.ts";
import { parseFilter } from "../filters/parse-filter.ts";

const tag = "Documents";
const base = "/v1/collections/:collection_identifier/documents";
const params = Type.Object({ collection_identifier: Type.String() });
const documentParams = Type.Object({ collection_identifier: Type.String(), document_id: Type.String() });
/** One document, which may have several long vectors; and a thousand of them. */
const ONE_BYTES = 16 * 1024 * 1024;
const BATCH_BYTES = 64 * 1024 * 1024;

export function registerChangeRoutes(app: App, deps: DocumentsDeps): void {
  registerOne(app, deps, "PUT");
  registerOne(app, deps, "PATCH");
  registerBulk(app, deps);
  registerBatch(app, deps);
}

function registerOne(app: App, deps: DocumentsDeps, method: "PUT" | "PATCH"): void {
  const replaces = method === "PUT";
  route(app, {
    method,
    url: `${base}/:document_id`,
    permission: "write",
    namespace: true,
    bodyLimit: ONE_BYTES,
    tag,
    summary: replaces
      ? "Replace a document's payload; vectors that are given are replaced, others stay"
      : "Change some fields of a document's payload, and the vectors that are given",
    operationId: replaces ? "update_document" : "patch_document",
    schema: { params: documentParams, body: UpdateData, response: { 200: DocumentResponse } },
    handler: async (request) => {
      const { collection_identifier, document_id } = request.params;
      const collection = await findCollection(
        deps.db.sql,
        request.namespace.namespaceId,
        collection_identifier,
      );
      const update = readOnlyUpdate(request.body as Record<string, unknown>, collection, replaces);
      const { found } = await changeUnit(deps, collection, [{ documentId: document_id, update }]);
      const row = found.has(document_id)
        ? await findDocument(deps.db.sql, collection.collectionId, document_id)
        : undefined;
      if (!row) throw notFound("document", document_id);
      return toDocumentResponse(collection, row);
    },
  });
}

function registerBulk(app: App, deps: DocumentsDeps): void {
  route(app, {
    method: "PATCH",
    url: `${base}/bulk`,
    permission: "write",
    namespace: true,
    bodyLimit: ONE_BYTES,
    tag,
    summary: "Make one change to every document that a filter matches, all of them without one",
    operationId: "bulk_update_documents",
    schema: { params, body: BulkUpdateDocumentsRequest, response: { 200: BulkUpdateDocumentsResponse } },
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const filter = parseFilter(request.body.filters, ["body", "filters"]);
      const collection = await findCollection(
        deps.db.sql,
        request.namespace.namespaceId,
        collection_identifier,
      );
      const update = readOnlyUpdate(request.body.update_data as Record<string, unknown>, collection, false);
      const { matched, updated } = await changeMatching(deps, collection, filter, update);
      return { updated_count: updated, message: tellUpdated(matched, updated) };
    },
  });
}

function registerBatch(app: App, deps: DocumentsDeps): void {
  const { db } = deps;
  route(app, {
    method: "POST",
    url: `${base}/batch`,
    permission: "write",
    namespace: true,
    bodyLimit: BATCH_BYTES,
    tag,
    summary: "Change up to 1,000 documents by their ids, each in its own way, or all that a filter matches",
    operationId: "batch_update_documents",
    schema: { params, body: BatchUpdateDocumentsRequest, response: { 200: BatchUpdateDocumentsResponse } },
    idempotent: true,
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const asked = readBatchUpdate(request.body);
      const collection = await findCollection(db.sql, request.namespace.namespaceId, collection_identifier);
      if ("updates" in asked) {
        const { updated, results } = await changeBatch(deps, collection, asked.updates);
        const failed = results.filter((result) => !result.success).length;
        return {
          updated_count: updated,
          failed_count: failed,
          results,
          message: tellUpdated(results.length - failed, updated, failed),
        };
      }
      const update = readOnlyUpdate(asked.updateData, collection, false);
      const { matched, updated } = await changeMatching(deps, collection, asked.filter, update);
      return { updated_count: updated, failed_count: 0, results: [], message: tellUpdated(matched, updated) };
    },
  });
  route(app, {
    method: "DELETE",
    url: `${base}/batch`,
    permission: "delete",
    namespace: true,
    tag,
    summary: "Delete up to 1,000 documents by their ids, or all that a filter matches",
    operationId: "batch_delete_documents",
    schema: { params, body: BatchDeleteDocumentsRequest, response: { 200: BatchDeleteDocumentsResponse } },
    handler: async (request) => {
      const { collection_identifier } = request.params;
      const asked = readBatchDelete(request.body);
      const collection = await findCollection(db.sql, request.namespace.namespaceId, collection_identifier);
      if ("filter" in asked) {
        const deleted = await deleteMatching(deps, collection, asked.filter);
        return {
          deleted_count: deleted,
          failed_count: 0,
          results: [],
          message: `${deleted} documents were deleted`,
        };
      }
      const { deleted, results } = await deleteBatch(deps, collection, asked.documentIds);
      return {
        deleted_count: deleted,
        failed_count: results.length - deleted,
        results,
        message: `${deleted} documents were deleted, ${results.length - deleted} could not be`,
      };
    },
  });
}

function tellUpdated(found: number, updated: number, failed = 0): string {
  const same = found === updated ? "" : `, ${found - updated} were so already`;
  return `${updated} documents were updated${same}${failed === 0 ? "" : `, ${failed} could not be`}`;
}
