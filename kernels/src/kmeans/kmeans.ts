import { type CentredRows, centreRows, squaredDistance } from "../engine/centred-rows.ts";
import { DistanceEngine } from "../engine/distance-engine.ts";
import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { lloyd, type LloydResult } from "./lloyd.ts";
import type { Checkpoint } from "./nearest-centres.ts";
import { type CheckedOptions, checkOptions, type KMeansOptions } from "./options.ts";
import { plusPlusRows } from "./seeding.ts";

export type KMeansResult = {
  /** Cluster of each row, int32 [rows], from 0 to nClusters - 1. */
  labels: Int32Array;
  /** Mean of each cluster, [nClusters, cols], in the units of the input. */
  centers: Matrix;
  /** Sum over rows of the squared distance to the own centre, in float64. */
  inertia: number;
  /** Iterations of the run that was kept. */
  iterations: number;
  /** Whether the run that was kept ended by itself, before maxIter. */
  converged: boolean;
  /** Euclidean distance of each row to its own centre, float32 [rows]. */
  distances: Float32Array;
};

/**
 * k-means by Lloyd's iterations, euclidean, following scikit-learn 1.9's KMeans(algorithm="lloyd").
 *
 * The same data, options and seed give the same bytes with any number of threads and any block size, on one kind of
 * processor. Labels are decided in float32 products of centred data; sums, centres, inertia and distances in float64. A
 * copy of the data is made. If there are fewer different rows than clusters, the clusters in excess stay empty (as in
 * scikit-learn, which warns); their centres equal another cluster's.
 *
 * @param x rows to cluster, [rows, cols]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (fewer rows than clusters), `not_finite`, `canceled`
 */
export async function kmeans(x: Matrix, options: KMeansOptions): Promise<KMeansResult> {
  checkMatrix(x, "x");
  const checked = checkOptions(x, options);
  const { signal, onProgress, blockRows } = options;
  throwIfCanceled(signal);

  const rows = centreRows(x, Math.max(x.rows, MIN_BLOCK_ROWS));
  const limits = { maxIter: checked.maxIter, tolerance: checked.tol * meanVariance(rows), blockRows };
  const best = await DistanceEngine.use(x.cols, options.threads, async (engine) => {
    let kept: Run | undefined;
    for (let run = 0; run < checked.nInit; run++) {
      const stage =
        (from: number, share: number): Checkpoint =>
        (fraction) => {
          throwIfCanceled(signal);
          onProgress?.((run + from + share * fraction) / checked.nInit);
        };
      const start = await startingCentres(engine, rows, checked, run, blockRows, stage(0, 0.2));
      const result = await lloyd(engine, rows, start, limits, stage(0.2, 0.8));
      const measured = { ...result, ...measure(rows, result) };
      if (kept === undefined || measured.inertia < kept.inertia) kept = measured;
    }
    return kept!;
  });
  throwIfCanceled(signal);
  onProgress?.(1);
  return {
    labels: best.labels.slice(0, x.rows),
    centers: inUnitsOfInput(rows, best.centres),
    inertia: best.inertia / rows.scale ** 2,
    iterations: best.iterations,
    converged: best.converged,
    distances: best.distances,
  };
}

type Run = LloydResult & { inertia: number; distances: Float32Array };

/** float64 [k, cols], in the units of the centred rows. */
async function startingCentres(
  engine: DistanceEngine,
  x: CentredRows,
  options: CheckedOptions,
  run: number,
  blockRows: number | undefined,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const { init, nClusters, seed } = options;
  const { cols, mean, scale } = x;
  if (typeof init !== "string") {
    return Float64Array.from(init.data, (value, p) => (value - mean[p % cols]!) * scale);
  }
  const random = Random.seeded(seed, run);
  const chosen =
    init === "random"
      ? random.distinct(nClusters, x.rows)
      : await plusPlusRows(engine, x, nClusters, random, blockRows, checkpoint);
  const centres = new Float64Array(nClusters * cols);
  for (const [j, row] of chosen.entries())
    centres.set(x.data.subarray(row * cols, (row + 1) * cols), j * cols);
  return centres;
}

/** Mean over the columns of their variance. */
function meanVariance(x: CentredRows): number {
  let sum = 0;
  for (let p = 0; p < x.rows * x.cols; p++) sum += x.data[p]! ** 2;
  return sum / (x.rows * x.cols);
}

function measure(x: CentredRows, result: LloydResult): { inertia: number; distances: Float32Array } {
  const distances = new Float32Array(x.rows);
  let inertia = 0;
  for (let i = 0; i < x.rows; i++) {
    const squared = squaredDistance(x.data, i * x.cols, result.centres, result.labels[i]! * x.cols, x.cols);
    inertia += squared;
    distances[i] = Math.sqrt(squared) / x.scale;
  }
  return { inertia, distances };
}

function inUnitsOfInput(x: CentredRows, centres: Float64Array): Matrix {
  const { cols, mean, scale } = x;
  const data = Float32Array.from(centres, (value, p) => value / scale + mean[p % cols]!);
  return { data, rows: centres.length / cols, cols };
}
