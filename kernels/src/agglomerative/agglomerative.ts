import { DistanceEngine } from "../engine/distance-engine.ts";
import { throwIfCanceled } from "../kernel-error.ts";
import { Reachability } from "../linkage/reachability.ts";
import { type Merges, singleLinkage } from "../linkage/single-linkage.ts";
import { spanningTree } from "../linkage/spanning-tree.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { exactLists } from "../neighbours/exact-lists.ts";
import { paddedTo } from "../pairs/pair-options.ts";
import { PairRows } from "../pairs/pair-rows.ts";
import { TileScan, tileSide } from "../pairs/tile-scan.ts";
import { condensedDistances } from "./condensed-distances.ts";
import { cutTree } from "./cut-tree.ts";
import { nearestChain } from "./nearest-chain.ts";
import { type AgglomerativeOptions, checkOptions, type CheckedOptions } from "./options.ts";
import { orderMerges } from "./order-merges.ts";
import { WardClusters } from "./ward-clusters.ts";
import { wardMerges } from "./ward-merges.ts";

export type AgglomerativeResult = {
  /** Cluster of each row from 0 to nClusters - 1. int32 [rows] */
  labels: Int32Array;
  /** The two nodes of each merge, the lower first; merge m makes node rows + m. int32 [rows - 1, 2] */
  children: Int32Array;
  /** Of each merge, ascending, in the metric's units. float64 [rows - 1] */
  distances: Float64Array;
  nClusters: number;
};

/** Neighbours that are kept for the merges or the spanning tree to come. */
const NEIGHBOURS = 16;

type Checkpoint = (fraction: number) => void;

/**
 * Agglomerative clustering, exact, with the tree and labels of scikit-learn 1.9's AgglomerativeClustering (but for the order
 * of merges at equal distances). Ward and single linkage take memory linear in the rows; complete and average hold all
 * distances, which limits them to CONDENSED_MAX_ROWS rows. See estimateAgglomerative.
 *
 * @param x [rows, cols], at least 2 rows
 * @throws KernelError `bad_parameter` (also too many rows for the linkage), `shape_mismatch`, `too_few_points`, `not_finite`,
 *   `zero_vector` (cosine), `canceled`
 */
export async function agglomerative(
  x: Matrix,
  options: AgglomerativeOptions = {},
): Promise<AgglomerativeResult> {
  checkMatrix(x, "x");
  const checked = checkOptions(x, options);
  const { signal, onProgress } = options;
  throwIfCanceled(signal);
  const merges = await findMerges(x, checked, options, (fraction) => {
    throwIfCanceled(signal);
    onProgress?.(fraction);
  });
  const { distanceThreshold } = checked;
  const nClusters =
    distanceThreshold === undefined
      ? checked.nClusters
      : merges.heights.reduce((count, height) => count + (height >= distanceThreshold ? 1 : 0), 1);
  onProgress?.(1);
  return {
    labels: cutTree(merges, nClusters),
    children: merges.children,
    distances: merges.heights,
    nClusters,
  };
}

async function findMerges(
  x: Matrix,
  { linkage, metric }: CheckedOptions,
  { threads, blockRows }: AgglomerativeOptions,
  checkpoint: Checkpoint,
): Promise<Merges> {
  const side = tileSide(x.rows, blockRows);
  const rows = new PairRows(x, metric, paddedTo(x.rows, side));
  const stage =
    (from: number, share: number): Checkpoint =>
    (fraction) =>
      checkpoint(from + share * fraction);
  if (linkage === "complete" || linkage === "average") {
    const distances = await condensedDistances(x, metric, threads, stage(0, 0.5));
    return orderMerges(nearestChain(distances, x.rows, linkage, stage(0.5, 0.5)));
  }
  return DistanceEngine.use(x.cols, threads, async (engine) => {
    const scan = await TileScan.create(side);
    const neighbours = Math.min(x.rows - 1, NEIGHBOURS);
    const lists = await exactLists(engine, rows, scan, neighbours, stage(0, 0.4));
    if (linkage === "ward") {
      const merges = await wardMerges(engine, new WardClusters(x, rows), lists, rows.scale, stage(0.4, 0.6));
      return orderMerges(merges);
    }

    const reach = new Reachability(rows, new Float64Array(x.rows));
    const edges = await spanningTree(engine, scan, reach, lists, stage(0.4, 0.6));
    return singleLinkage(edges, (edge) => rows.distance(edges.weights[edge]!));
  });
}
