import { calinskiHarabasz, daviesBouldin, KernelError, type Matrix, silhouette } from "#kernels/index.ts";
import type { RunMetrics } from "../run-result.ts";
import type { StepProgress } from "./grouping.ts";

/** The three measures of separation; one that is undefined for these labels is null, and a note says why. */
export async function measureQuality(
  x: Matrix,
  labels: Int32Array,
  seed: number,
  onProgress: StepProgress,
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
  const width = await defined(() =>
    silhouette(x, labels, { seed, onProgress: (fraction) => onProgress(fraction) }),
  );
  if (width) notes.add(`silhouette_score: ${width.method}`);
  return {
    silhouette_score: width?.score ?? null,
    davies_bouldin_index: daviesBouldinIndex,
    calinski_harabasz_score: calinskiHarabaszScore,
    approximate: width?.approximate ?? false,
    notes: [...notes],
  };
}
