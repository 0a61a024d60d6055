import type { KMeansOptions } from "./options.ts";
import { trialsFor } from "./seeding.ts";

/**
 * What a call of kmeans() takes: peak bytes beyond the input, and multiply-adds of all iterations, of which bounds save
 * about half once centres come to rest. Where rows are copied (cosine, or far from the origin) is known from the values
 * only: the copy is counted.
 */
export function estimateKmeans(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  options: Pick<KMeansOptions, "nClusters" | "maxIter" | "nInit" | "init">,
): { bytes: number; operations: number } {
  const { nClusters: k, maxIter = 300, nInit = 1, init = "k-means++" } = options;
  const groups = k <= 16 ? 1 : Math.min(32, Math.ceil(Math.sqrt(k)));
  const seeds = init === "k-means++" ? Math.min(rows, Math.max(16_384, 16 * k)) : 0;
  const trials = trialsFor(k);
  const pool = Math.min(64, k * trials);
  const copy = 4 * rows * cols;
  // Norms, bounds, labels twice, changes, rows to look at; a sum of two runs' results.
  const state = rows * (8 + 8 + 4 * groups + 4 * 6 + 8);
  const seeding = 4 * seeds * (cols + pool + 4);
  const centres = 8 * 6 * k * cols;
  const blocks = 16 * 2 ** 20;
  // Few runs take 300 iterations; sums and distances are a row's own.
  const iterations = Math.min(maxIter, 100);
  return {
    bytes: copy + Math.max(state, seeding) + centres + blocks,
    operations: nInit * cols * (rows * (k * iterations + 6) + seeds * k * trials),
  };
}
