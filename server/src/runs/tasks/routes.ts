import { GenericDeleteResponse } from "#contract/generic-responses.ts";
import { ListQuery } from "#contract/pagination.ts";
import { ListTasksRequest, ListTasksResponse, TaskParams, TaskResponse } from "#contract/tasks.ts";
import { decodeCursor, encodeCursor, paginationOf } from "../../http/list-page.ts";
import { route, type App } from "../../http/route.ts";
import { AppError, notFound, notSupported } from "../../platform/app-error.ts";
import type { Caller } from "../../tenancy/caller.ts";
import { cancelExecution } from "../cancel-execution.ts";
import { runIdOf } from "../job-id.ts";
import type { RunsDeps } from "../runs-deps.ts";
import { countTasks, listTasks, readTask } from "./store.ts";
import { executionStatusOf, toTask, type TaskRow } from "./to-task.ts";

const TASKS = "/v1/tasks";
const shared = { namespace: false, tag: "Tasks" } as const;

/** Executions as a client's background jobs. Tasks belong to the organization, within what the key may see. */
export function registerTaskRoutes(app: App, deps: RunsDeps): void {
  const find = async (caller: Caller, taskId: string): Promise<TaskRow | undefined> => {
    const runId = runIdOf(taskId);
    return runId === undefined ? undefined : readTask(deps.db.sql, caller, runId);
  };

  route(app, {
    ...shared,
    method: "GET",
    url: `${TASKS}/:task_id`,
    permission: "read",
    summary: "Get a task",
    operationId: "get_task_v1_tasks__task_id__get",
    schema: { params: TaskParams, response: { 200: TaskResponse } },
    handler: async ({ caller, params }) => {
      const row = await find(caller, params.task_id);
      if (!row) throw notFound("task", params.task_id, "organization");
      return toTask(row);
    },
  });

  route(app, {
    ...shared,
    method: "POST",
    url: `${TASKS}/list`,
    permission: "read",
    bodyOptional: true,
    summary: "List tasks, newest first",
    operationId: "list_tasks_v1_tasks_list_post",
    schema: { querystring: ListQuery, body: ListTasksRequest, response: { 200: ListTasksResponse } },
    handler: ({ caller, query, body }) => listPage(deps, caller, query, body),
  });

  route(app, {
    ...shared,
    method: "DELETE",
    url: `${TASKS}/:task_id`,
    permission: "delete",
    summary: "Cancel a task that has not finished",
    operationId: "kill_task_v1_tasks__task_id__delete",
    schema: { params: TaskParams, response: { 200: GenericDeleteResponse } },
    handler: async ({ caller, params }) => {
      const { task_id: taskId } = params;
      const row = await find(caller, taskId);
      if (row) await cancel(deps, taskId, row, caller);
      return { message: `The task '${taskId}' is canceled or does not exist.`, success: true };
    },
  });
}

async function cancel(deps: RunsDeps, taskId: string, row: TaskRow, caller: Caller): Promise<void> {
  if (row.status !== "pending" && row.status !== "processing") {
    throw new AppError(
      "execution_finished",
      `The task '${taskId}' has finished (${row.status}); only a pending or processing one can be canceled.`,
      { details: { task_id: taskId } },
    );
  }
  await cancelExecution(deps, row.run_id, caller.actor);
}

async function listPage(
  { db }: RunsDeps,
  caller: Caller,
  query: ListQuery,
  body: ListTasksRequest,
): Promise<ListTasksResponse> {
  for (const field of ["filters", "sort", "search"] as const) {
    const given = body[field];
    const isEmpty = given === undefined || given === null || Object.keys(given).length === 0;
    if (!isEmpty) throw notSupported(field, "Use status and task_type; tasks come newest first.");
  }
  const { limit = 50, offset = 0, cursor, include_total = false } = query;
  const status = body.status ? executionStatusOf(body.status) : null;
  const binding = ["tasks", caller.organizationId, caller.namespaceScope, body.status ?? null];
  const position = cursor === undefined ? null : (decodeCursor(binding, cursor) as [string, string]);
  // A status or type that no task here has: none.
  const none = status === undefined || (body.task_type && body.task_type !== "engine_cluster_build");
  const rows = none ? [] : await listTasks(db.sql, caller, status, { limit: limit + 1, offset, position });
  const total = !include_total ? null : none ? 0 : await countTasks(db.sql, caller, status);
  const results = rows.slice(0, limit);
  const last = results.at(-1);
  return {
    results: results.map(toTask),
    pagination: paginationOf({
      url: `${TASKS}/list`,
      limit,
      offset,
      byCursor: cursor !== undefined,
      total,
      nextCursor:
        rows.length > limit && last
          ? encodeCursor(binding, [last.triggered_at.toISOString(), last.run_id])
          : null,
    }),
  };
}
