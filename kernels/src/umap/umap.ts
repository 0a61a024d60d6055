import { throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { nearestNeighbours } from "../neighbours/nearest-neighbours.ts";
import type { Metric } from "../metric.ts";
import { curveParameters } from "./curve-parameters.ts";
import { fuzzyUnion, type Graph, memberships, pruned } from "./fuzzy-graph.ts";
import { layOut } from "./layout.ts";
import { type CheckedOptions, checkOptions, type UmapOptions, usualEpochs } from "./options.ts";
import { smoothDistances } from "./smooth-distances.ts";
import { startingCoordinates } from "./starting-coordinates.ts";

export type UmapResult = {
  /** The map, float32 [rows, nComponents]. */
  coordinates: Matrix;
  /** Always true: the neighbours are exact, but a layout is where a random descent ended, not the best one there is. */
  approximate: true;
  /** What was done, in words. */
  method: string;
  /** What differs from what was asked, such as fewer neighbours than asked for because there are fewer rows. */
  notes: string[];
  /** Of the curve 1 / (1 + a x^(2b)) that minDist and spread stand for. */
  a: number;
  b: number;
  /** As used: rows - 1 where fewer were there than asked for. */
  nNeighbors: number;
  nEpochs: number;
  metric: Metric;
  learningRate: number;
  negativeSampleRate: number;
  repulsionStrength: number;
  localConnectivity: number;
  seed: number;
};

/**
 * UMAP (McInnes, Healy and Melville 2018), following umap-learn 0.5: rows that are near each other stay near in a few
 * dimensions. Distances within the map are comparable nearby, not far away.
 *
 * Neighbours are exact (umap-learn's are approximate from 4,096 rows). The same data, options and seed give the same
 * bytes with any number of threads and any block size, on one kind of processor; the random sequence is our own. The start
 * of "spectral" and "pca" is the same for every seed but for a little noise, so maps of different seeds look alike. Where
 * rows are as many as nNeighbors or fewer, all of them are neighbours; one row lies at 0.
 *
 * @param x [rows, cols]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (no row), `not_finite`, `zero_vector` (cosine), `canceled`
 */
export async function umap(x: Matrix, options: UmapOptions = {}): Promise<UmapResult> {
  checkMatrix(x, "x");
  const checked = checkOptions(x, options);
  const { signal, onProgress } = options;
  const { nComponents, nEpochs } = checked;
  const report = (fraction: number): void => {
    throwIfCanceled(signal);
    onProgress?.(fraction);
  };
  report(0);
  const nNeighbors = Math.min(checked.nNeighbors, Math.max(2, x.rows - 1));
  const curve = curveParameters(checked.spread, checked.minDist);
  const notes =
    nNeighbors === checked.nNeighbors
      ? []
      : [`nNeighbors is ${nNeighbors}, not ${checked.nNeighbors}: there are ${x.rows} rows.`];
  const finish = (data: Float32Array, method: string): UmapResult => {
    const { metric, learningRate, negativeSampleRate, repulsionStrength, localConnectivity, seed } = checked;
    report(1);
    return {
      coordinates: { data, rows: x.rows, cols: nComponents },
      ...{ approximate: true, method, notes, ...curve, nNeighbors, nEpochs, metric },
      ...{ learningRate, negativeSampleRate, repulsionStrength, localConnectivity, seed },
    };
  };
  if (x.rows === 1) return finish(new Float32Array(nComponents), "one row, at 0");

  const graph = await fuzzyGraph(x, nNeighbors, checked, options, (fraction) => report(0.6 * fraction));
  const { start, components } = startingCoordinates(x, graph, checked, () => report(0.65));
  const data = await layOut(graph, start, {
    ...{ ...checked, dims: nComponents, curve },
    checkpoint: (fraction) => report(0.7 + 0.3 * fraction),
  });
  const init = typeof checked.init === "string" ? checked.init : "previous coordinates";
  if (components !== undefined && components > 1) {
    notes.push(`The graph of neighbours has ${components} pieces; how far apart they lie says little.`);
  }
  return finish(
    data,
    `exact neighbours, started from ${init}, ${nEpochs} epochs of stochastic gradient descent with ${checked.negativeSampleRate} negative samples`,
  );
}

/** Without edges so light that the layout would never use them. */
async function fuzzyGraph(
  x: Matrix,
  nNeighbors: number,
  { metric, localConnectivity, setOpMixRatio, nEpochs }: CheckedOptions,
  options: UmapOptions,
  onProgress: (fraction: number) => void,
): Promise<Graph> {
  const k = nNeighbors - 1;
  const { indices, distances } = await nearestNeighbours(x, { ...options, metric, k, onProgress });
  const smooth = smoothDistances({ distances, k, nNeighbors, skip: 0, localConnectivity });
  const graph = fuzzyUnion(indices, memberships(distances, k, smooth), k, setOpMixRatio);
  const heaviest = graph.weights.reduce((a, b) => Math.max(a, b), 0);
  return pruned(graph, heaviest / (nEpochs > 10 ? nEpochs : usualEpochs(x.rows)));
}
