import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { checkPairOptions, checkWhole, type PairOptions } from "../pairs/pair-options.ts";
import { type Graph, memberships } from "./fuzzy-graph.ts";
import { layOut } from "./layout.ts";
import { checkBetween, MOST_RATE } from "./options.ts";
import { neighboursInModel } from "./neighbours-in-model.ts";
import { smoothDistances } from "./smooth-distances.ts";
import type { UmapResult } from "./umap.ts";

/** The rows a map was made of, and what umap() returned for them: `{ x, ...result }`. */
export type UmapModel = { readonly x: Matrix } & Readonly<
  Omit<UmapResult, "approximate" | "method" | "notes">
>;

export type UmapTransformOptions = Omit<PairOptions, "metric"> & {
  /** Passes of the refinement. Default 100; with 0 rows get the mean of their neighbours' places. */
  readonly nEpochs?: number;
  /** Step size of the first passes. Default 0.25. */
  readonly learningRate?: number;
};

/**
 * Places of other rows in a map, which itself does not change: the mean of their neighbours' places by membership (on the
 * spot of a row that is equal), then 100 epochs of the layout in which only they move (umap-learn's transform).
 *
 * Unlike there, the neighbours are exact, each row's nearest neighbour pulls it in every epoch, and all rows are pushed away
 * from the same points of an epoch: a row's place does not depend on the rows beside it. An equal row moves off its spot
 * by as much as the refinement moves it.
 *
 * @param rows [any, x.cols]
 * @returns float32 [rows.rows, nComponents]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (no row, or a map of one), `not_finite`,
 *   `zero_vector` (cosine), `canceled`
 */
export async function umapTransform(
  model: UmapModel,
  rows: Matrix,
  options: UmapTransformOptions = {},
): Promise<Matrix> {
  const { x, coordinates, metric, nNeighbors, localConnectivity, seed } = model;
  const nEpochs = options.nEpochs ?? 100;
  const learningRate = options.learningRate ?? 0.25;
  checkPairOptions({ ...options, metric });
  check(model, rows);
  checkWhole("nEpochs", nEpochs, 0);
  checkBetween("learningRate", learningRate, 0, MOST_RATE);
  const report = (fraction: number): void => {
    throwIfCanceled(options.signal);
    options.onProgress?.(fraction);
  };
  const k = Math.min(nNeighbors, x.rows);
  const { indices, distances } = await neighboursInModel(x, rows, k, metric, options.threads, (fraction) =>
    report(0.8 * fraction),
  );
  const smooth = smoothDistances({
    ...{ distances, k, nNeighbors: k, skip: 1 },
    localConnectivity: Math.max(0, localConnectivity - 1),
  });
  const strengths = memberships(distances, k, smooth);
  const start = weightedMeans(indices, strengths, k, coordinates);
  const data = await layOut(edgesOf(indices, strengths, k, nEpochs), start, {
    ...{ dims: coordinates.cols, curve: model, nEpochs, seed, targets: coordinates.data },
    learningRate,
    repulsionStrength: model.repulsionStrength,
    negativeSampleRate: model.negativeSampleRate,
    checkpoint: (fraction) => report(0.8 + 0.2 * fraction),
  });
  report(1);
  return { data, rows: rows.rows, cols: coordinates.cols };
}

function check({ x, coordinates }: UmapModel, rows: Matrix): void {
  checkMatrix(x, "model.x");
  checkMatrix(coordinates, "model.coordinates");
  checkMatrix(rows, "rows");
  if (coordinates.rows !== x.rows) {
    throw new KernelError(
      "shape_mismatch",
      `The model has ${x.rows} rows, but coordinates of ${coordinates.rows}; give the rows that umap() was given.`,
    );
  }
  if (rows.cols !== x.cols) {
    throw new KernelError("shape_mismatch", `rows have ${rows.cols} columns; the model's have ${x.cols}.`);
  }
  if (x.rows < 2) {
    throw new KernelError(
      "too_few_points",
      "A map of one row has no place for others; make one of more rows.",
    );
  }
}

function weightedMeans(
  indices: Int32Array,
  strengths: Float32Array,
  k: number,
  places: Matrix,
): Float32Array {
  const dims = places.cols;
  const out = new Float32Array((indices.length / k) * dims);
  for (let i = 0; i < indices.length / k; i++) {
    // A membership of 1 belongs to a row that is equal.
    const only = strengths[i * k] === 1 ? 1 : k;
    let total = 0;
    for (let p = i * k; p < i * k + only; p++) total += strengths[p]!;
    for (let d = 0; d < dims; d++) {
      let sum = 0;
      for (let p = i * k; p < i * k + only; p++) sum += strengths[p]! * places.data[indices[p]! * dims + d]!;
      out[i * dims + d] = sum / total;
    }
  }
  return out;
}

/** Strengths as shares of the row's strongest, without edges too weak to be used within the epochs. */
function edgesOf(indices: Int32Array, strengths: Float32Array, k: number, nEpochs: number): Graph {
  const rows = indices.length / k;
  const starts = new Int32Array(rows + 1);
  const tails = new Int32Array(indices.length);
  const weights = new Float32Array(indices.length);
  let edges = 0;
  for (let i = 0; i < rows; i++) {
    for (let p = i * k; p < (i + 1) * k; p++) {
      const weight = strengths[p]! / strengths[i * k]!;
      if (weight * nEpochs < 1) continue;
      tails[edges] = indices[p]!;
      weights[edges++] = weight;
    }
    starts[i + 1] = edges;
  }
  return { rows, starts, tails: tails.slice(0, edges), weights: weights.slice(0, edges) };
}
