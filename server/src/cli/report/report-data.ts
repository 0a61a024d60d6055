import type { ExecutionChanges } from "#contract/changes.ts";
import type { ClusterMetadata } from "#contract/clusters.ts";
import type { ClusterExecutionResult } from "#contract/executions.ts";

/** Everything a report shows. */
export interface ReportData {
  readonly cluster: ClusterMetadata;
  /** An instant of this machine's clock. */
  readonly madeAt: Date;
  readonly after: ReportedRun;
  /** The run that it is compared with; null if there is none. */
  readonly before: ReportedRun | null;
  readonly changes: ExecutionChanges | null;
  /** Runs of the cluster, newest first. */
  readonly history: readonly ClusterExecutionResult[];
  readonly curves: readonly DriftCurve[];
}

export interface ReportedRun {
  readonly run: ClusterExecutionResult;
  readonly map: ReportMap;
  /** Pictures of the documents nearest to the centre of each cluster, as data: URIs. */
  readonly pictures: ReadonlyMap<string, readonly string[]>;
}

/** Places of documents in two dimensions. */
export interface ReportMap {
  /** [points, 2] */
  readonly places: Float32Array;
  /** Index into `clusterIds`; -1 is noise. [points] */
  readonly labels: Int16Array;
  readonly clusterIds: readonly string[];
  readonly documentIds: readonly string[];
  /** Members of the run; the points are an even draw of those that have a place if they are fewer. */
  readonly members: number;
}

/** What a conditional trigger has measured. */
export interface DriftCurve {
  readonly triggerId: string;
  readonly metric: string;
  readonly threshold: number;
  /** Why the newest check has measured nothing; null if it has. */
  readonly fault: string | null;
  /** Oldest first. */
  readonly points: readonly { readonly at: Date; readonly value: number; readonly fired: boolean }[];
}
