import { Type } from "typebox";

import {
  ClusterTriggerHistoryResponse,
  TriggerHistoryQuery,
  TriggerHistoryRequest,
  TriggerHistoryResponse,
} from "#contract/history.ts";
import type { Database } from "../../db/database.ts";
import { route, type App } from "../../http/route.ts";
import { jobIdOf } from "../job-id.ts";
import { historyPage, type Page, type PageRequest } from "./page.ts";
import type { HistoryRow } from "./store.ts";

const params = Type.Object({ trigger_id: Type.String() });

export interface HistoryDeps {
  readonly db: Database;
}

/** The history of a trigger, on the cluster API (`job_id`) and on the trigger API (`task_id`). */
export function registerHistoryRoutes(app: App, { db }: HistoryDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/clusters/triggers/:trigger_id/history",
    permission: "read",
    namespace: true,
    bodyOptional: true,
    tag: "Cluster Triggers",
    summary: "Execution history of a trigger, newest first",
    operationId: "get_trigger_history_v1_clusters_triggers__trigger_id__history_post",
    schema: { params, body: TriggerHistoryRequest, response: { 200: ClusterTriggerHistoryResponse } },
    handler: async ({ params, body, namespace }) => {
      const { trigger_id: triggerId } = params;
      const page = await historyPage(db.sql, namespace.namespaceId, triggerId, toRequest(body, body.cursor));
      return toAnswer(triggerId, page, (row) => ({
        job_id: jobIdOf(row.run_id),
        triggered_at: row.triggered_at.toISOString(),
        status: row.status,
        execution_time_ms: row.execution_time_ms,
        error: row.error,
        num_clusters: row.num_clusters,
        num_documents: row.num_documents,
      }));
    },
  });

  route(app, {
    method: "GET",
    url: "/v1/triggers/:trigger_id/history",
    permission: "read",
    namespace: true,
    tag: "Triggers",
    summary: "Execution history of a trigger, newest first",
    operationId: "get_trigger_history_v1_triggers__trigger_id__history_get",
    schema: { params, querystring: TriggerHistoryQuery, response: { 200: TriggerHistoryResponse } },
    handler: async ({ params, query, namespace }) => {
      const { trigger_id: triggerId } = params;
      // A query string has no null: an empty cursor stands for the first page.
      const cursor = query.cursor === "" ? null : query.cursor;
      const page = await historyPage(db.sql, namespace.namespaceId, triggerId, toRequest(query, cursor));
      return toAnswer(triggerId, page, (row) => ({
        task_id: jobIdOf(row.run_id),
        triggered_at: row.triggered_at.toISOString(),
        status: row.status,
        execution_time_ms: row.execution_time_ms,
        error: row.error,
      }));
    },
  });
}

function toRequest(
  given: Omit<TriggerHistoryRequest, "cursor">,
  cursor: string | null | undefined,
): PageRequest {
  const { offset = 0, limit = 50, status_filter: status = null } = given;
  const { triggered_after: after = null, triggered_before: before = null } = given;
  return {
    offset,
    limit,
    status,
    cursor,
    triggeredAfter: after === null ? null : new Date(after),
    triggeredBefore: before === null ? null : new Date(before),
  };
}

function toAnswer<Row>(triggerId: string, page: Page, toRow: (row: HistoryRow) => Row) {
  const { rows, total, offset, limit, nextCursor } = page;
  return {
    trigger_id: triggerId,
    executions: rows.map(toRow),
    total,
    offset,
    limit,
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  };
}
