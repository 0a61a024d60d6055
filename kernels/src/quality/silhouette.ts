import { centreRows } from "../engine/centred-rows.ts";
import { DistanceEngine } from "../engine/distance-engine.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { distanceSums, TILE } from "./distance-sums.ts";
import { checkClusterCount, groupLabelledRows, type LabelledRows, orderByLabel } from "./labelled-rows.ts";

/** Up to this many rows the silhouette is computed over all of them; the work grows with the square. */
export const SILHOUETTE_EXACT_ROWS = 20_000;

export type SilhouetteOptions = {
  /** Rows to draw, at least 3. Default: all up to SILHOUETTE_EXACT_ROWS, else that many. */
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
};

/**
 * Mean silhouette (Rousseeuw 1987), euclidean: (b - a) / max(a, b) of each row, a the mean distance to the other rows of
 * its cluster, b to those of the nearest other cluster; 0 for a row alone in its cluster. Rows labelled -1 are left out.
 * As scikit-learn's silhouette_score; a sample is, as there, measured against itself. Products in float32, small distances
 * and all sums in float64. Memory: 8 bytes for each row and cluster, besides a copy of the rows.
 *
 * @param labels [x.rows]
 * @throws KernelError `bad_clusters` (also if the sample has fewer than 2), `bad_parameter`, `shape_mismatch`, `not_finite`, `canceled`
 */
export async function silhouette(
  x: Matrix,
  labels: ArrayLike<number>,
  options: SilhouetteOptions = {},
): Promise<SilhouetteResult> {
  const { signal, onProgress } = options;
  const all = groupLabelledRows(x, labels);
  checkClusterCount(all, "labelled rows");
  throwIfCanceled(signal);
  const total = all.order.length;
  const size = sampleSize(options.sampleSize, total);
  const groups = size < total ? draw(all, labels, size, options.seed ?? 0) : all;

  const rows = centreRows(x, Math.ceil(size / TILE) * TILE, groups.order);
  let sum = 0;
  await DistanceEngine.use(x.cols, options.threads, async (engine) => {
    const checkpoint = (fraction: number): void => {
      throwIfCanceled(signal);
      onProgress?.(fraction);
    };
    await distanceSums(engine, rows, groups.bounds, checkpoint, (sums, firstRow) => {
      sum += sumOfSilhouettes(sums, firstRow, groups.bounds);
    });
  });
  onProgress?.(1);
  return {
    score: sum / size,
    approximate: size < total,
    method:
      size < total
        ? `euclidean silhouette of a seeded sample of ${size} of ${total} rows`
        : `euclidean silhouette of all ${total} rows`,
    sampled: size,
  };
}

function sampleSize(wanted: number | undefined, total: number): number {
  if (wanted === undefined) return Math.min(total, SILHOUETTE_EXACT_ROWS);
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
function sumOfSilhouettes(sums: Float64Array, firstRow: number, bounds: Int32Array): number {
  const clusters = bounds.length - 1;
  const sizes = Array.from({ length: clusters }, (_, c) => bounds[c + 1]! - bounds[c]!);
  let total = 0;
  let own = 0;
  for (let row = 0; row < sums.length / clusters; row++) {
    while (firstRow + row >= bounds[own + 1]!) own++;
    if (sizes[own] === 1) continue;
    const at = row * clusters;
    const a = sums[at + own]! / (sizes[own]! - 1);
    let b = Infinity;
    for (let c = 0; c < clusters; c++) if (c !== own) b = Math.min(b, sums[at + c]! / sizes[c]!);
    const larger = Math.max(a, b);
    if (larger > 0) total += (b - a) / larger;
  }
  return total;
}
