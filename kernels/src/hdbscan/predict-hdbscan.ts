import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkQueries, listsAmong } from "../neighbours/nearest-among.ts";
import { checkPairOptions, type PairOptions } from "../pairs/pair-options.ts";
import { clusterTree } from "./cluster-tree.ts";
import type { HdbscanModel } from "./hdbscan.ts";
import { labelsOfClusters, type RowLabels } from "./label-rows.ts";

/**
 * Labels new rows by a run of hdbscan(), by the rule of the hdbscan package's approximate_predict: among the nearest rows of
 * the run, the one nearest by mutual reachability is joined at lambda = 1 / that distance; the new row belongs to the
 * cluster that row was last in, or if it came too late for that, to the ancestor that existed at its lambda. Its label is
 * that of the selected cluster at or above it, or -1. The clusters do not change.
 *
 * As in hdbscan(), minSamples counts a row itself; the package's min_samples is one less. Core distances are those of the
 * run; the package takes one neighbour less for them when it predicts than when it fits (prediction.py and hdbscan_.py of
 * 0.8.44), which changes few rows.
 *
 * @param queries [m, cols]; m may be 0
 * @param x the rows of the run
 * @returns labels int32 [m] and probabilities float64 [m]
 * @throws KernelError as hdbscan(), and `bad_parameter` if the metric is not that of the run
 */
export async function predictHdbscan(
  queries: Matrix,
  x: Matrix,
  model: HdbscanModel,
  options: PairOptions = {},
): Promise<RowLabels> {
  const { signal, onProgress } = options;
  checkPairOptions(options);
  if (options.metric !== undefined && options.metric !== model.metric) {
    throw new KernelError(
      "bad_parameter",
      `metric is "${options.metric}", but the run was made with "${model.metric}".`,
    );
  }
  const { minSamples, coreDistances, tree, selected } = model;
  const k = Math.min(x.rows, Math.max(minSamples, 2 * (minSamples - 1)));
  checkQueries(queries, x, k);
  const { indices, distances } = await listsAmong(queries, x, model.metric, { ...options, k }, (fraction) => {
    throwIfCanceled(signal);
    onProgress?.(fraction);
  });

  const clusters = clusterTree(tree);
  const labelOf = labelsOfClusters(clusters, selected);
  const leftAt = new Float64Array(tree.rows);
  const lastIn = new Int32Array(tree.rows);
  for (const [e, row] of tree.children.entries()) {
    if (row >= tree.rows) continue;
    leftAt[row] = tree.lambdas[e]!;
    lastIn[row] = tree.parents[e]! - tree.rows;
  }
  const labels = new Int32Array(queries.rows).fill(-1);
  const probabilities = new Float64Array(queries.rows);
  for (let i = 0; i < queries.rows; i++) {
    const core = distances[i * k + minSamples - 1]!;
    let least = Infinity;
    let neighbour = 0;
    for (let p = i * k; p < (i + 1) * k; p++) {
      const reach = Math.max(core, coreDistances[indices[p]!]!, distances[p]!);
      if (reach < least) {
        least = reach;
        neighbour = indices[p]!;
      }
    }
    const lambda = 1 / least;
    let cluster = lastIn[neighbour]!;
    if (leftAt[neighbour]! > lambda) {
      while (cluster > 0 && clusters.birth[cluster]! >= lambda) cluster = clusters.parent[cluster]!;
    }
    const label = labelOf[cluster]!;
    if (label < 0) continue;
    labels[i] = label;
    const most = clusters.death[selected[label]!]!;
    probabilities[i] = most === 0 || lambda >= most ? 1 : lambda / most;
  }
  onProgress?.(1);
  return { labels, probabilities };
}
