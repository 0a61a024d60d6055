import { centreRows } from "../engine/centred-rows.ts";
import { DistanceEngine } from "../engine/distance-engine.ts";
import { GraphRunner } from "../engine/graph-runner.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkMetric } from "../metric.ts";
import { normalizeRowsInPlace } from "../normalize-rows.ts";
import { Random } from "../random.ts";
import { cosineSilhouettes } from "./cosine-silhouettes.ts";
import { distanceSums, TILE } from "./distance-sums.ts";
import { sampleVariance, weightedCosines, weightedDistances } from "./silhouette-influence.ts";
import { emptyParts, type SilhouetteParts, writePart } from "./silhouette-parts.ts";
import { checkClusterCount, groupLabelledRows, type LabelledRows, orderByLabel } from "./labelled-rows.ts";

/** Up to this many rows the silhouette is computed over all of them; the work grows with the square. */
export const SILHOUETTE_EXACT_ROWS = 20_000;

export type SilhouetteOptions = {
  /** "euclidean" (default) or "cosine" (1 - cos), which is exact for any number of rows: it takes rows times clusters. */
  readonly metric?: "euclidean" | "cosine";
  /** Rows to draw, at least 3. Default: all up to SILHOUETTE_EXACT_ROWS, and by cosine always; else that many. */
  readonly sampleSize?: number;
  /** Of the draw. Default 0. */
  readonly seed?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
};

export type SilhouetteResult = {
  /** From -1 to 1; higher is better. */
  score: number;
  /** Whether the score is of a sample. */
  approximate: boolean;
  /** In words, for a reader of the result. */
  method: string;
  /** Rows the score is the mean of. */
  sampled: number;
  /**
   * Of a sample: where the mean over all rows lies with 95 % confidence, 1.96 standard errors to each side. The error is
   * that of drawing the rows and of measuring them against each other only (silhouette-influence.ts); clusters should have
   * some tens of rows in the sample.
   */
  interval?: [low: number, high: number];
};

/**
 * Mean silhouette (Rousseeuw 1987): (b - a) / max(a, b) of each row, a the mean distance to the other rows of its cluster,
 * b to those of the nearest other cluster; 0 for a row alone in its cluster. Rows labelled -1 are left out. As
 * scikit-learn's silhouette_score; a sample is, as there, measured against itself. Products in float32, small distances
 * and all sums in float64. Memory: 8 bytes for each row and cluster (euclidean), besides a copy of the rows.
 *
 * @param labels [x.rows]
 * @throws KernelError `bad_clusters` (also if the sample has fewer than 2), `bad_parameter`, `shape_mismatch`, `not_finite`,
 *   `zero_vector` (cosine), `canceled`
 */
export async function silhouette(
  x: Matrix,
  labels: ArrayLike<number>,
  options: SilhouetteOptions = {},
): Promise<SilhouetteResult> {
  const { signal, onProgress, metric = "euclidean" } = options;
  checkMetric(metric);
  const all = groupLabelledRows(x, labels);
  checkClusterCount(all, "labelled rows");
  throwIfCanceled(signal);
  const total = all.order.length;
  const size = sampleSize(options.sampleSize, total, metric === "cosine" ? total : SILHOUETTE_EXACT_ROWS);
  const groups = size < total ? draw(all, labels, size, options.seed ?? 0) : all;
  const checkpoint = (fraction: number): void => {
    throwIfCanceled(signal);
    onProgress?.(fraction);
  };
  const approximate = size < total;
  const some = approximate ? spreadRows(size) : new Int32Array(0);
  const measure = metric === "cosine" ? cosine : euclidean;
  const { values, variance } = await measure(x, groups, some, options.threads, checkpoint);
  onProgress?.(1);
  const score = values.reduce((sum, value) => sum + value, 0) / size;
  const error = 1.96 * Math.sqrt(variance * (1 - size / total));
  return {
    score,
    approximate,
    method: approximate
      ? `${metric} silhouette of a seeded sample of ${size} of ${total} rows`
      : `${metric} silhouette of all ${total} rows`,
    sampled: size,
    ...(approximate ? { interval: [Math.max(-1, score - error), Math.min(1, score + error)] } : {}),
  };
}

/** Rows that the error is estimated from: up to TILE, evenly over the clusters. */
function spreadRows(size: number): Int32Array {
  const count = Math.min(size, TILE);
  return Int32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * size) / count));
}

type Measured = { values: Float64Array; variance: number };

async function cosine(
  x: Matrix,
  { order, bounds }: LabelledRows,
  some: Int32Array,
  threads: number | undefined,
  checkpoint: (fraction: number) => void,
): Promise<Measured> {
  const unit = orderedRows(x, order);
  normalizeRowsInPlace(unit);
  const parts = await DistanceEngine.use(x.cols, threads, (engine) =>
    cosineSilhouettes(engine, unit, bounds, checkpoint),
  );
  if (some.length === 0) return { values: parts.values, variance: 0 };
  const weighted = weightedCosines(unit, parts, bounds, some);
  return { values: parts.values, variance: sampleVariance(parts, bounds, some, weighted) };
}

async function euclidean(
  x: Matrix,
  { order, bounds }: LabelledRows,
  some: Int32Array,
  threads: number | undefined,
  checkpoint: (fraction: number) => void,
): Promise<Measured> {
  const rows = centreRows(x, Math.ceil(order.length / TILE) * TILE, order);
  const parts = emptyParts(order.length);
  await GraphRunner.use(threads, (runner) =>
    distanceSums(runner, rows, bounds, checkpoint, (sums, firstRow) => {
      writeParts(parts, sums, firstRow, bounds);
    }),
  );
  if (some.length === 0) return { values: parts.values, variance: 0 };
  const weighted = await DistanceEngine.use(x.cols, threads, (engine) =>
    weightedDistances(engine, rows, parts, bounds, some),
  );
  return { values: parts.values, variance: sampleVariance(parts, bounds, some, weighted) };
}

function orderedRows({ data, cols }: Matrix, order: Int32Array): Matrix {
  const out = new Float32Array(order.length * cols);
  for (let i = 0; i < order.length; i++) {
    out.set(data.subarray(order[i]! * cols, (order[i]! + 1) * cols), i * cols);
  }
  return { data: out, rows: order.length, cols };
}

function sampleSize(wanted: number | undefined, total: number, most: number): number {
  if (wanted === undefined) return Math.min(total, most);
  if (!Number.isSafeInteger(wanted) || wanted < 3) {
    throw new KernelError(
      "bad_parameter",
      `sampleSize is ${wanted}; give a whole number from 3, or leave it out.`,
    );
  }
  return Math.min(wanted, total);
}

function draw(all: LabelledRows, labels: ArrayLike<number>, size: number, seed: number): LabelledRows {
  const rows = Random.seeded(seed)
    .distinct(size, all.order.length)
    .map((position) => all.order[position]!);
  const sample = orderByLabel(labels, rows);
  checkClusterCount(sample, "sampled rows (raise sampleSize)");
  return sample;
}

/** @param sums distances of some rows to the rows of each cluster, float64 [rows, clusters] */
function writeParts(parts: SilhouetteParts, sums: Float64Array, firstRow: number, bounds: Int32Array): void {
  const clusters = bounds.length - 1;
  const sizes = Array.from({ length: clusters }, (_, c) => bounds[c + 1]! - bounds[c]!);
  let own = 0;
  for (let row = 0; row < sums.length / clusters; row++) {
    while (firstRow + row >= bounds[own + 1]!) own++;
    if (sizes[own] === 1) continue;
    const at = row * clusters;
    let nearest = -1;
    let b = Infinity;
    for (let c = 0; c < clusters; c++) {
      if (c === own || sums[at + c]! / sizes[c]! >= b) continue;
      b = sums[at + c]! / sizes[c]!;
      nearest = c;
    }
    writePart(parts, firstRow + row, sums[at + own]! / (sizes[own]! - 1), b, nearest);
  }
}
