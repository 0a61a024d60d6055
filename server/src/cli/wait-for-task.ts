import type { Recluster } from "#client/client.ts";
import type { TaskResponse } from "#contract/tasks.ts";
import { sleep } from "../platform/timers.ts";

const POLL_MS = 100;
const FINISHED = new Set(["COMPLETED", "FAILED", "CANCELED"]);

/** Asks until the task has ended, telling its progress (0 to 1) on the way. */
export async function waitForTask(
  client: Recluster,
  taskId: string,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<TaskResponse> {
  for (;;) {
    const task = await client.tasks.get(taskId);
    const { progress } = (task.additional_data ?? {}) as { progress?: { fraction?: number } | null };
    if (progress?.fraction !== undefined) onProgress(progress.fraction);
    if (FINISHED.has(task.status)) return task;
    await sleep(POLL_MS);
  }
}
