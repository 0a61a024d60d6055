import type { Recluster } from "#client/client.ts";
import type { TaskResponse } from "#contract/tasks.ts";
import { systemClock } from "../platform/clock.ts";
import { sleep } from "../platform/timers.ts";
import { CommandError } from "./explain-failure.ts";
import { showProgress } from "./output/progress.ts";

const POLL_MS = 100;
const FINISHED = new Set(["COMPLETED", "FAILED", "CANCELED"]);

/** Shows how far a run is until it has completed; throws why it has not, if so. `name`: of the run, in that sentence. */
export async function followRun(
  client: Recluster,
  taskId: string,
  what: { readonly label: string; readonly name: string },
): Promise<void> {
  const progress = showProgress(what.label, 100, "%", systemClock.monotonicMs);
  const ended = await waitForTask(client, taskId, (fraction) => progress.update(Math.round(fraction * 100)));
  if (ended.status === "COMPLETED") progress.update(100);
  progress.finish();
  if (ended.status === "COMPLETED") return;
  throw new CommandError(
    `${what.name} ended ${ended.status.toLowerCase()}: ${ended.error ?? "no reason given"}`,
  );
}

/** Asks until the task has ended, telling its progress (0 to 1) on the way. */
async function waitForTask(
  client: Recluster,
  taskId: string,
  onProgress: (fraction: number) => void,
): Promise<TaskResponse> {
  for (;;) {
    const task = await client.tasks.get(taskId);
    const { progress } = (task.additional_data ?? {}) as { progress?: { fraction?: number } | null };
    if (progress?.fraction !== undefined) onProgress(progress.fraction);
    if (FINISHED.has(task.status)) return task;
    await sleep(POLL_MS);
  }
}
