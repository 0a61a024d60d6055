import { centreRows, squaredDistance } from "../engine/centred-rows.ts";
import { GraphRunner } from "../engine/graph-runner.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import type { Metric } from "../metric.ts";
import { distanceSums, TILE } from "../quality/distance-sums.ts";
import type { LabelledRows } from "../quality/labelled-rows.ts";

/** Clusters of up to this many rows are compared in float64 at once: a tile of products has four times as many. */
const SMALL = 256;

/** Sums of float32 distances differ from those of float64 by less than this, relative: what is nearer is decided there. */
const NEAR = 1e-4;

/** At most so many are decided in float64; more are the same rows, or as good as. */
const MOST_DECIDED = 64;

/** The row of each cluster whose distances to the others add up to the least, the first at a tie; int32 [clusters] */
export async function findMedoids(
  x: Matrix,
  { order, bounds }: LabelledRows,
  metric: Metric,
  { threads, signal }: { readonly threads?: number; readonly signal?: AbortSignal },
): Promise<Int32Array> {
  const medoids = new Int32Array(bounds.length - 1);
  await GraphRunner.use(threads, async (runner) => {
    for (let c = 0; c < medoids.length; c++) {
      throwIfCanceled(signal);
      const rows = order.subarray(bounds[c], bounds[c + 1]);
      const sums =
        metric === "cosine"
          ? cosineSums(x, rows)
          : rows.length <= SMALL
            ? exactSums(x, rows, rows)
            : await approximateSums(runner, x, rows, signal);
      medoids[c] = leastOf(x, rows, sums, metric === "euclidean" && rows.length > SMALL);
    }
  });
  return medoids;
}

/** On rows of length 1, distances 1 - cos to all rows add up to their number less the product with their sum. */
function cosineSums({ data, cols }: Matrix, rows: Int32Array): Float64Array {
  const total = new Float64Array(cols);
  for (const row of rows) for (let c = 0; c < cols; c++) total[c]! += data[row * cols + c]!;
  return Float64Array.from(rows, (row) => {
    let along = 0;
    for (let c = 0; c < cols; c++) along += data[row * cols + c]! * total[c]!;
    return rows.length - along;
  });
}

function exactSums({ data, cols }: Matrix, from: Int32Array, to: Int32Array): Float64Array {
  return Float64Array.from(from, (row) => {
    let sum = 0;
    for (const other of to) sum += Math.sqrt(squaredDistance(data, row * cols, data, other * cols, cols));
    return sum;
  });
}

async function approximateSums(
  runner: GraphRunner,
  x: Matrix,
  rows: Int32Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const centred = centreRows(x, Math.ceil(rows.length / TILE) * TILE, rows);
  const out = new Float64Array(rows.length);
  await distanceSums(
    runner,
    centred,
    Int32Array.of(0, rows.length),
    () => throwIfCanceled(signal),
    (sums, first) => out.set(sums, first),
  );
  return out;
}

function leastOf(x: Matrix, rows: Int32Array, sums: Float64Array, decide: boolean): number {
  const least = sums.reduce((a, b) => Math.min(a, b));
  if (!decide) return rows[sums.indexOf(least)]!;
  const near = Int32Array.from(rows.keys())
    .filter((i) => sums[i]! <= least * (1 + NEAR))
    .sort((a, b) => sums[a]! - sums[b]! || a - b)
    .subarray(0, MOST_DECIDED)
    .sort()
    .map((i) => rows[i]!);
  const exact = exactSums(x, near, rows);
  return near[exact.indexOf(exact.reduce((a, b) => Math.min(a, b)))]!;
}
