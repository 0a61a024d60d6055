import type { Matrix } from "#kernels/index.ts";
import type { VectorRule } from "../rules/vector-rule.ts";
import type { RunMetrics } from "../run-result.ts";

/** A cluster before it has a number; clusters refer to each other by index. */
export interface GroupedCluster {
  readonly size: number;
  readonly parent: number | null;
  readonly attributes: Readonly<Record<string, unknown>> | null;
  /** What a person would call it, when the grouping itself knows. */
  readonly name: string | null;
  readonly centre: Float32Array | null;
}

/** What a method made of the documents. Clusters come in the order in which they get their numbers. */
export interface Grouping {
  /** Index of each document's innermost cluster, -1 for noise. int32 [documents] */
  readonly labels: Int32Array;
  /** To the centre of its own cluster, NaN for noise; null where clusters have no centres. float32 [documents] */
  readonly distances: Float32Array | null;
  /** Place of each document on the map, [documents, 2 or 3]; null without a map. */
  readonly coordinates: Matrix | null;
  readonly clusters: readonly GroupedCluster[];
  readonly metrics: RunMetrics;
  /** How others get their clusters; absent where they are grouped by attributes. */
  readonly rule?: VectorRule;
}

/** Called between steps with a fraction of the step, from 0 to 1. */
export type StepProgress = (fraction: number) => void;
