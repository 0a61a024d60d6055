import type { Api } from "../../test/factories/api.ts";

export interface FollowedRun {
  readonly runId: string;
  readonly seconds: number;
  /** Seconds of each stage, as far as a look ten times a second tells. */
  readonly stages: Readonly<Record<string, number>>;
  readonly documents: number;
  readonly inertia: number;
}

const LOOK_MS = 100;

/** Executes the cluster and waits for the end; throws if it is not `COMPLETED`. */
export async function followRun(api: Api, cluster: string, body: object): Promise<FollowedRun> {
  const started = performance.now();
  const task = await api.call("POST", `/v1/clusters/${cluster}/execute`, body);
  const runId = task.additional_data.run_id as string;
  const stages: Record<string, number> = {};
  let stage = "waiting";
  let since = started;
  const enter = (next: string) => {
    const now = performance.now();
    stages[stage] = (stages[stage] ?? 0) + (now - since) / 1000;
    stage = next;
    since = now;
  };
  for (;;) {
    const { status, error, additional_data } = await api.call("GET", `/v1/tasks/${task.task_id}`);
    if (status === "COMPLETED") break;
    if (status !== "PENDING" && status !== "PROCESSING") throw new Error(`The run ended ${status}: ${error}`);
    const now = (additional_data.progress as { stage: string } | null)?.stage;
    if (now !== undefined && now !== stage) enter(now);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  enter("ended");
  const result = await api.call("GET", `/v1/clusters/${cluster}/executions/${runId}`);
  return {
    runId,
    seconds: (performance.now() - started) / 1000,
    stages,
    documents: result.num_points as number,
    inertia: result.metrics.inertia as number,
  };
}
