import type { Tx } from "../db/database.ts";
import type { ExecutionStatus } from "../db/tables.ts";
import type { ConsumedEvents } from "./enqueue.ts";

export interface EndedExecution {
  readonly runId: string;
  readonly clusterId: string;
  readonly triggerId: string | null;
  readonly status: Extract<ExecutionStatus, "completed" | "failed" | "canceled">;
  readonly error: string | null;
  readonly consumed: ConsumedEvents | null;
  readonly triggeredAt: Date;
  readonly endedAt: Date;
}

/**
 * What the triggers do when an execution ends, inside the transaction that ends it; main.ts connects them. `lock`
 * is called first, before the execution's row is touched (the lock order is trigger, cluster, execution).
 */
export interface RunHooks {
  readonly lock: (tx: Tx, clusterId: string, triggerId: string | null) => Promise<void>;
  readonly ended: (tx: Tx, ended: EndedExecution) => Promise<void>;
}
