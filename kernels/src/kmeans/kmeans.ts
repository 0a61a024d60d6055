import { DistanceEngine } from "../engine/distance-engine.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import { checkShape, type Matrix } from "../matrix.ts";
import { normalizeRows } from "../normalize-rows.ts";
import { Random } from "../random.ts";
import type { Checkpoint } from "./bounded-assignment.ts";
import { lloyd, type LloydResult } from "./lloyd.ts";
import { type CheckedOptions, checkOptions, type KMeansOptions } from "./options.ts";
import { type PreparedRows, prepareRows } from "./prepare-rows.ts";
import { rowDistance } from "./row-distance.ts";
import { plusPlusRows } from "./seeding.ts";

export type KMeansResult = {
  /** Cluster of each row, int32 [rows], from 0 to nClusters - 1. */
  labels: Int32Array;
  /** Mean of each cluster, [nClusters, cols], in the units of the input; with cosine the direction of the mean, of length 1. */
  centers: Matrix;
  /** Sum over rows of the squared distance to the own centre, with cosine of 1 - cos; in float64. */
  inertia: number;
  /** Iterations of the run that was kept. */
  iterations: number;
  /** Whether the run that was kept ended by itself, before maxIter. */
  converged: boolean;
  /** Distance of each row to its own centre by the metric, float32 [rows]. */
  distances: Float32Array;
};

/**
 * k-means by Lloyd's iterations, following scikit-learn 1.9's KMeans(algorithm="lloyd"); with `metric` "cosine" spherical
 * k-means (Dhillon and Modha 2001), as FAISS's with `spherical`.
 *
 * The same data, options and seed give the same bytes with any number of threads and any block size, on one kind of
 * processor. Labels are those of a search in float64, the lower centre at a tie; sums, centres, inertia and distances are
 * float64. Rows that are not near the origin, or by cosine, are copied once. If there are fewer different rows than
 * clusters, the clusters in excess stay empty (as in scikit-learn, which warns); their centres equal another cluster's.
 *
 * @param x rows to cluster, [rows, cols]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (fewer rows than clusters), `not_finite`,
 *   `zero_vector` (cosine), `canceled`
 */
export async function kmeans(x: Matrix, options: KMeansOptions): Promise<KMeansResult> {
  checkShape(x, "x");
  const checked = checkOptions(x, options);
  const { signal, onProgress, blockRows } = options;
  throwIfCanceled(signal);

  const rows = prepareRows(x, checked.metric);
  const spherical = checked.metric === "cosine";
  const tolerance = checked.tol * rows.variance;
  const limits = { maxIter: checked.maxIter, tolerance, blockRows, spherical };
  const best = await DistanceEngine.use(x.cols, options.threads, async (engine) => {
    let kept: Run | undefined;
    for (let run = 0; run < checked.nInit; run++) {
      const stage =
        (from: number, share: number): Checkpoint =>
        (fraction) => {
          throwIfCanceled(signal);
          onProgress?.((run + from + share * fraction) / checked.nInit);
        };
      const start = await startingCentres(engine, rows, checked, run, blockRows, stage(0, 0.1));
      const result = await lloyd(engine, rows, start, limits, stage(0.1, 0.9));
      const measured = { ...result, ...measure(rows, result, spherical) };
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
  x: PreparedRows,
  options: CheckedOptions,
  run: number,
  blockRows: number | undefined,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const { init, nClusters, seed } = options;
  const { cols, mean, scale } = x;
  if (typeof init !== "string") {
    const given = options.metric === "cosine" ? normalizeRows(init) : init;
    return Float64Array.from(given.data, (value, p) => (value - mean[p % cols]!) * scale);
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

/** On rows and centres of length 1, 1 - cos is half the squared distance. */
function measure(
  x: PreparedRows,
  result: LloydResult,
  cosine: boolean,
): { inertia: number; distances: Float32Array } {
  const distances = new Float32Array(x.rows);
  let inertia = 0;
  for (let i = 0; i < x.rows; i++) {
    const squared = rowDistance(x.data, i * x.cols, result.centres, result.labels[i]! * x.cols, x.cols);
    inertia += squared;
    distances[i] = cosine ? squared / 2 : Math.sqrt(squared) / x.scale;
  }
  return { inertia: cosine ? inertia / 2 : inertia, distances };
}

function inUnitsOfInput(x: PreparedRows, centres: Float64Array): Matrix {
  const { cols, mean, scale } = x;
  const data = Float32Array.from(centres, (value, p) => value / scale + mean[p % cols]!);
  return { data, rows: centres.length / cols, cols };
}
