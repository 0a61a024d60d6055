import type { TaskResponse, TaskStatus } from "#contract/tasks.ts";
import type { ExecutionStatus } from "../../db/tables.ts";
import { jobIdOf } from "../job-id.ts";

export interface TaskRow {
  readonly run_id: string;
  readonly cluster_id: string;
  readonly trigger_id: string | null;
  readonly status: ExecutionStatus;
  readonly triggered_at: Date;
  readonly collection_ids: readonly string[];
  readonly progress: object | null;
  readonly error: string | null;
}

const STATUSES = {
  pending: "PENDING",
  processing: "PROCESSING",
  completed: "COMPLETED",
  failed: "FAILED",
  canceled: "CANCELED",
} as const satisfies Record<ExecutionStatus, TaskStatus>;

export function taskStatusOf(status: ExecutionStatus): TaskStatus {
  return STATUSES[status];
}

/** The execution status a task status stands for; undefined for one no task here can have. */
export function executionStatusOf(status: TaskStatus): ExecutionStatus | undefined {
  return (Object.keys(STATUSES) as ExecutionStatus[]).find((key) => STATUSES[key] === status);
}

/** An execution as a client's background job. */
export function toTask(row: TaskRow): TaskResponse {
  return {
    task_id: jobIdOf(row.run_id),
    task_type: "engine_cluster_build",
    status: taskStatusOf(row.status),
    inputs: [...row.collection_ids],
    outputs: row.status === "completed" ? [row.run_id] : null,
    additional_data: {
      cluster_id: row.cluster_id,
      run_id: row.run_id,
      trigger_id: row.trigger_id,
      progress: row.progress,
    },
    error: row.error,
  };
}
