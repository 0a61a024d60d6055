import { alignCoordinates, applyPca, type Matrix, pca, umap, umapTransform } from "#kernels/index.ts";
import type { CoordinatesStep } from "../../clusters/methods/steps.ts";
import type { StepProgress } from "./grouping.ts";

/** Places on a map, and how others get one. */
export interface MapOfRows {
  /** [rows, dims] */
  readonly coordinates: Matrix;
  readonly place: (others: Matrix) => Promise<Matrix>;
  readonly notes: readonly string[];
}

/**
 * Gives rows their places on a map. `previous` are the places that a run before has given, NaN for rows it did not have:
 * UMAP starts from them, and PCA is turned onto them, so that two maps can be laid side by side. Throws KernelError.
 */
export async function placeOnMap(
  x: Matrix,
  step: CoordinatesStep,
  previous: Matrix | null,
  { seed, onProgress }: { readonly seed: number; readonly onProgress: StepProgress },
): Promise<MapOfRows> {
  if (step.method === "umap") {
    const { dims: nComponents, n_neighbors: nNeighbors, min_dist: minDist, metric } = step;
    const init = previous === null ? {} : { init: previous };
    const found = await umap(x, { nComponents, nNeighbors, minDist, metric, seed, onProgress, ...init });
    return {
      coordinates: found.coordinates,
      place: (others) => umapTransform({ x, ...found }, others),
      notes: [`Coordinates by UMAP: ${found.method}.`, ...found.notes],
    };
  }
  const nComponents = Math.min(step.dims, x.cols, x.rows);
  const found = await pca(x, { nComponents, seed, onProgress });
  const kept = found.explainedVarianceRatio.reduce((sum, share) => sum + share, 0);
  const notes = [`Coordinates by PCA hold ${(100 * kept).toFixed(1)} % of the variance.`];
  const wide = (rows: Matrix) => widened(rows, step.dims);
  if (previous === null) {
    return {
      coordinates: wide(found.coordinates),
      place: async (others) => wide(await applyPca(found, others)),
      notes,
    };
  }
  const turn = alignCoordinates(previous, wide(found.coordinates));
  return {
    coordinates: turn.apply(wide(found.coordinates)),
    place: async (others) => turn.apply(wide(await applyPca(found, others))),
    notes: [...notes, `The map is turned onto that of the run before by ${turn.shared} documents of both.`],
  };
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
