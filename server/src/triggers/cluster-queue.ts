import type { OverlapPolicy } from "./read-schedule.ts";

/** An execution that keeps a cluster busy, as the evidence of decisions names it. */
export interface RunInTheWay {
  readonly run_id: string;
  readonly status: string;
  readonly triggered_at: string;
}

/** What a cluster is computing, and the execution that waits longest for its turn; those to be canceled do not wait. */
export interface ClusterQueue {
  readonly running: RunInTheWay | null;
  readonly waiting: RunInTheWay | null;
}

export const FREE: ClusterQueue = { running: null, waiting: null };

/** The execution because of which an instant may not fire under the policy (semantics, section 5); null if it may. */
export function inTheWay(policy: OverlapPolicy, { running, waiting }: ClusterQueue): RunInTheWay | null {
  switch (policy) {
    case "skip":
      return running ?? waiting;
    case "buffer_one":
      return waiting;
    case "cancel_running":
    case "allow":
      return null;
  }
}

/** What the firing does about an execution before it, for its evidence. */
export function queueEvidence(
  policy: OverlapPolicy,
  { running, waiting }: ClusterQueue,
): Readonly<Record<string, unknown>> {
  const before = running ?? waiting;
  if (before === null) return {};
  if (policy === "cancel_running" && running !== null) return { cancels: running };
  return { waits_for: before };
}
