import { applyPca, type Matrix, pca, umap, umapTransform } from "#kernels/index.ts";
import type { CoordinatesStep } from "../../clusters/methods/steps.ts";
import type { StepProgress } from "./grouping.ts";
import { shareKept } from "./reduce-vectors.ts";
import { wireWords } from "./wire-words.ts";

/** Places on a map, and how others get one. */
export interface MapOfRows {
  /** [rows, dims] */
  readonly coordinates: Matrix;
  readonly place: (others: Matrix) => Promise<Matrix>;
  readonly notes: readonly string[];
}

/**
 * Gives rows their places on a map. UMAP starts from `previous`, the places that a run before has given, NaN for rows it
 * did not have; a map by PCA is turned onto them when all documents have their places: turnMap. Throws KernelError.
 */
export async function placeOnMap(
  x: Matrix,
  step: CoordinatesStep,
  previous: Matrix | null,
  { seed, onProgress }: { readonly seed: number; readonly onProgress: StepProgress },
): Promise<MapOfRows> {
  if (x.rows === 1) {
    const atZero = (rows: Matrix) =>
      widened({ data: new Float32Array(rows.rows), rows: rows.rows, cols: 1 }, step.dims);
    return {
      coordinates: atZero(x),
      place: (others) => Promise.resolve(atZero(others)),
      notes: ["A map of one document has one place: 0."],
    };
  }
  return step.method === "umap"
    ? byUmap(x, step, previous, { seed, onProgress })
    : byPca(x, step.dims, { seed, onProgress });
}

async function byUmap(
  x: Matrix,
  step: Extract<CoordinatesStep, { method: "umap" }>,
  previous: Matrix | null,
  control: { readonly seed: number; readonly onProgress: StepProgress },
): Promise<MapOfRows> {
  const { dims: nComponents, n_neighbors: nNeighbors, min_dist: minDist, metric } = step;
  const shared = previous === null ? 0 : countPlaced(previous);
  const init = previous === null || shared === 0 ? {} : { init: previous };
  const found = await umap(x, { nComponents, nNeighbors, minDist, metric, ...control, ...init });
  const from =
    shared === 0 ? [] : [`The map starts from the places of ${shared} documents in the run before.`];
  return {
    coordinates: found.coordinates,
    place: (others) => umapTransform({ x, ...found }, others),
    notes: [`Coordinates by UMAP: ${found.method}.`, ...from, ...found.notes.map(wireWords)],
  };
}

async function byPca(
  x: Matrix,
  dims: number,
  control: { readonly seed: number; readonly onProgress: StepProgress },
): Promise<MapOfRows> {
  const found = await pca(x, { nComponents: Math.min(dims, x.cols, x.rows), ...control });
  return {
    coordinates: widened(found.coordinates, dims),
    place: async (others) => widened(await applyPca(found.model, others), dims),
    notes: [`Coordinates by ${found.method}, with ${shareKept(found)} of the variance.`],
  };
}

function countPlaced({ data, rows, cols }: Matrix): number {
  let count = 0;
  for (let row = 0; row < rows; row++) if (!Number.isNaN(data[row * cols]!)) count++;
  return count;
}

/** Vectors of fewer dimensions than the map lie on a line or a plane of it. */
function widened(rows: Matrix, dims: number): Matrix {
  if (rows.cols === dims) return rows;
  const data = new Float32Array(rows.rows * dims);
  for (let row = 0; row < rows.rows; row++) {
    data.set(rows.data.subarray(row * rows.cols, (row + 1) * rows.cols), row * dims);
  }
  return { data, rows: rows.rows, cols: dims };
}
