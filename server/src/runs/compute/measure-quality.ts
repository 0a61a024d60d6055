import { calinskiHarabasz, daviesBouldin, KernelError, type Matrix, silhouette } from "#kernels/index.ts";
import type { Metric } from "../../clusters/methods/wire-method.ts";
import type { RunMetrics } from "../run-result.ts";
import type { StepProgress } from "./grouping.ts";

/**
 * The three measures of separation of what is not noise; one that is undefined for these labels is null, and a note says
 * why. `metric` is that of the silhouette: the others are about means, which are euclidean.
 */
export async function measureQuality(
  x: Matrix,
  labels: Int32Array,
  {
    metric,
    seed,
    onProgress,
  }: { readonly metric: Metric; readonly seed: number; readonly onProgress: StepProgress },
): Promise<RunMetrics> {
  const notes = new Set<string>();
  const defined = async <T>(measure: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await measure();
    } catch (error) {
      if (!(error instanceof KernelError) || error.code !== "bad_clusters") throw error;
      notes.add(`Not every measure of separation is defined here: ${error.message}`);
      return null;
    }
  };
  const daviesBouldinIndex = await defined(() => daviesBouldin(x, labels));
  const calinskiHarabaszScore = await defined(() => calinskiHarabasz(x, labels));
  const width = await defined(() => silhouette(x, labels, { metric, seed, onProgress }));
  if (width) {
    const { interval } = width;
    const between =
      interval && `, with 95 % confidence between ${interval.map((end) => end.toFixed(4)).join(" and ")}`;
    notes.add(`silhouette_score: ${width.method}${between ?? ""}`);
  }
  return {
    silhouette_score: width?.score ?? null,
    davies_bouldin_index: daviesBouldinIndex,
    calinski_harabasz_score: calinskiHarabaszScore,
    approximate: width?.approximate ?? false,
    notes: [...notes],
  };
}
