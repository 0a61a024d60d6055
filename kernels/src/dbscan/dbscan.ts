import { DistanceEngine } from "../engine/distance-engine.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { UnionFind } from "../linkage/union-find.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { checkPairOptions, checkWhole, paddedTo, type PairOptions } from "../pairs/pair-options.ts";
import { PairRows } from "../pairs/pair-rows.ts";
import { TileScan, tileSide } from "../pairs/tile-scan.ts";
import { NearPairs } from "./near-pairs.ts";

export type DbscanOptions = PairOptions & {
  /** Rows at most this far apart are neighbours; in the metric's units. Default 0.5. */
  readonly eps?: number;
  /** A row with this many neighbours, itself counted, is a core row. Default 5. */
  readonly minSamples?: number;
};

export type DbscanResult = {
  /** Cluster of each row from 0 to nClusters - 1, -1 for noise. int32 [rows] */
  labels: Int32Array;
  /** The core rows, ascending, int32. */
  coreRows: Int32Array;
  nClusters: number;
};

/**
 * DBSCAN (Ester, Kriegel, Sander, Xu 1996), exact, with the labels of scikit-learn 1.9's DBSCAN: clusters in the order of
 * their first core row; a row near cores of several clusters gets the first of these. Memory grows with the rows, not with
 * the neighbours: see estimateDbscan.
 *
 * @param x [rows, cols]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (no row), `not_finite`, `zero_vector` (cosine),
 *   `canceled`
 */
export async function dbscan(x: Matrix, options: DbscanOptions = {}): Promise<DbscanResult> {
  checkMatrix(x, "x");
  const { minSamples = 5, signal, onProgress } = options;
  const metric = checkPairOptions(options);
  const eps = checkEps(options.eps);
  checkWhole("minSamples", minSamples, 1);
  throwIfCanceled(signal);
  const side = tileSide(x.rows, options.blockRows);
  const rows = new PairRows(x, metric, paddedTo(x.rows, side));
  const stage = (from: number) => (fraction: number) => {
    throwIfCanceled(signal);
    onProgress?.(from + 0.5 * fraction);
  };
  const result = await DistanceEngine.use(x.cols, options.threads, async (engine) => {
    const pairs = new NearPairs(engine, await TileScan.create(side), rows, eps);
    const isCore = await findCores(pairs, x.rows, minSamples, stage(0));
    return label(pairs, isCore, stage(0.5));
  });
  onProgress?.(1);
  return result;
}

export function checkEps(eps = 0.5): number {
  if (Number.isFinite(eps) && eps > 0) return eps;
  throw new KernelError("bad_parameter", `eps is ${eps}; give a positive distance.`);
}

/** 1 for core rows. Tiles of rows that are all known to be core are not looked at. */
async function findCores(
  pairs: NearPairs,
  rows: number,
  minSamples: number,
  checkpoint: (fraction: number) => void,
): Promise<Uint8Array> {
  const counts = new Uint32Array(rows).fill(1);
  const areCores = (from: number, to: number): boolean => {
    for (let row = from; row < to; row++) if (counts[row]! < minSamples) return false;
    return true;
  };
  await pairs.pass(
    checkpoint,
    (top, topEnd, left, leftEnd) => areCores(top, topEnd) && areCores(left, leftEnd),
    (a, b) => {
      counts[a]!++;
      counts[b]!++;
    },
  );
  return Uint8Array.from(counts, (count) => (count >= minSamples ? 1 : 0));
}

/** Joins neighbouring cores, skipping tiles inside what is joined already; then labels the rows beside them. */
async function label(
  pairs: NearPairs,
  isCore: Uint8Array,
  checkpoint: (fraction: number) => void,
): Promise<DbscanResult> {
  const rows = isCore.length;
  const sets = new UnionFind(rows);
  /** Pairs of a row that is no core and a core: fewer than minSamples for a row. */
  const beside: number[] = [];
  const setOf = (from: number, to: number): number => {
    const set = sets.find(from);
    for (let row = from; row < to; row++) if (isCore[row] === 0 || sets.find(row) !== set) return -1;
    return set;
  };
  await pairs.pass(
    checkpoint,
    (top, topEnd, left, leftEnd) => {
      const set = setOf(top, topEnd);
      return set >= 0 && setOf(left, leftEnd) === set;
    },
    (a, b) => {
      if (isCore[a] === 1 && isCore[b] === 1) sets.union(a, b);
      else if (isCore[a] === 1) beside.push(b, a);
      else if (isCore[b] === 1) beside.push(a, b);
    },
  );
  const labels = new Int32Array(rows).fill(-1);
  const labelOf = new Int32Array(rows).fill(-1);
  const coreRows: number[] = [];
  let nClusters = 0;
  for (let row = 0; row < rows; row++) {
    if (isCore[row] === 0) continue;
    const set = sets.find(row);
    if (labelOf[set] === -1) labelOf[set] = nClusters++;
    labels[row] = labelOf[set]!;
    coreRows.push(row);
  }
  for (let p = 0; p < beside.length; p += 2) {
    const row = beside[p]!;
    const core = labels[beside[p + 1]!]!;
    if (labels[row] === -1 || core < labels[row]!) labels[row] = core;
  }
  return { labels, coreRows: Int32Array.from(coreRows), nClusters };
}
