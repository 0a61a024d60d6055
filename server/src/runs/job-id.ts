/**
 * A client knows an execution by two names: `run_…` among its cluster's executions and `task_…` as a background job
 * (the history's `job_id`). They share their random part, so neither needs to be stored beside the other.
 */
export function jobIdOf(runId: string): string {
  return runId.replace(/^run_/, "task_");
}

/** The run a job id stands for; undefined if it is not of the form. */
export function runIdOf(jobId: string): string | undefined {
  return /^task_[0-9A-Za-z]+$/.test(jobId) ? jobId.replace(/^task_/, "run_") : undefined;
}
