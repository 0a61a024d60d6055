import { DistanceEngine } from "../engine/distance-engine.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import { Reachability } from "../linkage/reachability.ts";
import { singleLinkage } from "../linkage/single-linkage.ts";
import { spanningTree } from "../linkage/spanning-tree.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { exactLists } from "../neighbours/exact-lists.ts";
import { paddedTo } from "../pairs/pair-options.ts";
import type { Metric } from "../metric.ts";
import { PairRows } from "../pairs/pair-rows.ts";
import { TileScan, tileSide } from "../pairs/tile-scan.ts";
import { clusterTree } from "./cluster-tree.ts";
import { type CondensedTree, condenseTree } from "./condensed-tree.ts";
import { labelRows, labelsOfClusters } from "./label-rows.ts";
import { checkOptions, type HdbscanOptions } from "./options.ts";
import { selectClusters } from "./select-clusters.ts";

export type HdbscanResult = {
  /** Cluster of each row from 0 to nClusters - 1, -1 for noise. int32 [rows] */
  labels: Int32Array;
  /** How firmly each row belongs to its cluster, from 0 to 1; 0 for noise. float64 [rows] */
  probabilities: Float64Array;
  nClusters: number;
  /** What predictHdbscan needs besides the rows. */
  model: HdbscanModel;
};

export type HdbscanModel = {
  metric: Metric;
  minSamples: number;
  /** Distance of each row to its minSamples-th nearest, itself counted, in the metric's units. float64 [rows] */
  coreDistances: Float64Array;
  tree: CondensedTree;
  /** Clusters of the tree that became labels 0, 1, …, counted from the root, which is 0. */
  selected: number[];
};

/** Neighbours that are kept for the spanning tree where the core distances need fewer. */
const LEAST_NEIGHBOURS = 16;

/**
 * HDBSCAN (Campello, Moulavi, Sander 2013), exact in any number of dimensions, following scikit-learn 1.9's HDBSCAN: core
 * distances from exact nearest neighbours, the exact minimum spanning tree of mutual reachability, condensed tree, selection.
 *
 * Where distances are equal scikit-learn's tree depends on its sort; here shorter distances come first, then lower rows, so
 * the same data and options give the same bytes with any number of threads and any block size. Memory grows with the rows,
 * not with their square: see estimateHdbscan.
 *
 * @param x [rows, cols], at least 2 rows
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (one row, or fewer than minSamples), `not_finite`,
 *   `zero_vector` (cosine), `canceled`
 */
export async function hdbscan(x: Matrix, options: HdbscanOptions = {}): Promise<HdbscanResult> {
  checkMatrix(x, "x");
  const checked = checkOptions(x, options);
  const { metric, minSamples, alpha } = checked;
  const { signal, onProgress } = options;
  throwIfCanceled(signal);
  const side = tileSide(x.rows, options.blockRows);
  const rows = new PairRows(x, metric, paddedTo(x.rows, side));
  const stage = (from: number, share: number) => (fraction: number) => {
    throwIfCanceled(signal);
    onProgress?.(from + share * fraction);
  };
  const { cores, edges } = await DistanceEngine.use(x.cols, options.threads, async (engine) => {
    const scan = await TileScan.create(side);
    const k = Math.min(x.rows - 1, Math.max(minSamples - 1, LEAST_NEIGHBOURS));
    const lists = await exactLists(engine, rows, scan, k, stage(0, 0.4));
    const cores = new Float64Array(x.rows);
    if (minSamples > 1) for (let i = 0; i < x.rows; i++) cores[i] = lists.squared[i * k + minSamples - 2]!;
    const reach = new Reachability(rows, cores, alpha);
    return { cores, edges: await spanningTree(engine, scan, reach, lists, stage(0.4, 0.6)) };
  });
  throwIfCanceled(signal);

  const merges = singleLinkage(edges, (edge) => rows.distance(edges.weights[edge]!));
  const tree = condenseTree(merges, checked.minClusterSize);
  const clusters = clusterTree(tree);
  const selected = selectClusters(clusters, checked);
  const labelled = labelRows(tree, clusters, selected, labelsOfClusters(clusters, selected), checked);
  onProgress?.(1);
  return {
    ...labelled,
    nClusters: selected.length,
    model: { metric, minSamples, coreDistances: cores.map((core) => rows.distance(core)), tree, selected },
  };
}
