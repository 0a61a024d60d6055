import { KernelError } from "../kernel-error.ts";
import { checkMatrix, checkShape, type Matrix } from "../matrix.ts";
import { checkPairOptions, checkWhole, type PairOptions } from "../pairs/pair-options.ts";
import type { Metric } from "../metric.ts";

/** Names and defaults are umap-learn's. */
export type UmapOptions = PairOptions & {
  /** Dimensions of the map. Default 2; 5 to 15 before clustering. */
  readonly nComponents?: number;
  /** Neighbours that make a row's surroundings, the row itself among them, from 2. Default 15. At most rows - 1 (2 of 2 rows). */
  readonly nNeighbors?: number;
  /** How near points of the map may come to each other, in units of `spread`'s scale. Default 0.1; 0 before clustering. */
  readonly minDist?: number;
  /** Scale of the map. Default 1. */
  readonly spread?: number;
  /** Passes of the layout. Default 500 up to 10,000 rows, 200 above; a third of that from previous coordinates. */
  readonly nEpochs?: number;
  /** Step size of the first passes. Default 1; 0.25 from previous coordinates. */
  readonly learningRate?: number;
  /** Points pushed away from at each use of an edge. Default 5. */
  readonly negativeSampleRate?: number;
  /** Weight of the pushes. Default 1. */
  readonly repulsionStrength?: number;
  /** 1 (default): an edge is there if either end takes the other for a neighbour; 0: if both do. */
  readonly setOpMixRatio?: number;
  /** Nearest neighbours that every row is fully connected with; may be a fraction. Default 1. */
  readonly localConnectivity?: number;
  /**
   * Where the layout starts: "spectral" (default), "pca", "random", or previous coordinates [rows, nComponents]. Those keep
   * their units; a row that starts with NaN had none and starts at the mean of its neighbours that have. With the defaults
   * for them the map stays comparable: of 500 digits and 100 new ones the old moved a fifth as far as in a fresh map.
   */
  readonly init?: "spectral" | "pca" | "random" | Matrix;
  /** Integer from 0. The same seed and data give the same bytes. Default 0. */
  readonly seed?: number;
};

export type CheckedOptions = Required<
  Omit<UmapOptions, "threads" | "blockRows" | "signal" | "onProgress">
> & {
  readonly metric: Metric;
};

export function usualEpochs(rows: number): number {
  return rows <= 10_000 ? 500 : 200;
}

/** Fills in defaults; throws what umap() documents. */
export function checkOptions(x: Matrix, options: UmapOptions): CheckedOptions {
  const { minDist = 0.1, spread = 1, repulsionStrength = 1 } = options;
  const { setOpMixRatio = 1, localConnectivity = 1, init = "spectral", seed = 0 } = options;
  const { nComponents = 2, nNeighbors = 15, negativeSampleRate = 5 } = options;
  const isContinued = typeof init !== "string";
  const nEpochs = options.nEpochs ?? Math.floor(usualEpochs(x.rows) / (isContinued ? 3 : 1));
  const learningRate = options.learningRate ?? (isContinued ? 0.25 : 1);
  const metric = checkPairOptions(options);
  checkWhole("nComponents", nComponents, 1);
  checkWhole("nNeighbors", nNeighbors, 2);
  checkWhole("nEpochs", nEpochs, 0);
  checkWhole("negativeSampleRate", negativeSampleRate, 0);
  checkWhole("seed", seed, 0);
  checkBetween("spread", spread, Number.MIN_VALUE, Number.MAX_VALUE);
  checkBetween("minDist", minDist, 0, spread);
  checkBetween("learningRate", learningRate, 0, MOST_RATE);
  checkBetween("repulsionStrength", repulsionStrength, 0, Number.MAX_VALUE);
  checkBetween("setOpMixRatio", setOpMixRatio, 0, 1);
  checkBetween("localConnectivity", localConnectivity, 0, Number.MAX_VALUE);
  checkInit(x, nComponents, init);
  return {
    ...{ nComponents, nNeighbors, minDist, spread, metric, nEpochs, learningRate, negativeSampleRate },
    ...{ repulsionStrength, setOpMixRatio, localConnectivity, init, seed },
  };
}

/** Of a million steps of the size of the map no place is left; far above it places are beyond a float32. */
export const MOST_RATE = 1e6;

/** @throws KernelError `bad_parameter` unless `value` is within the bounds */
export function checkBetween(name: string, value: number, least: number, most: number): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  throw new KernelError("bad_parameter", `${name} is ${value}; give a number from ${least} to ${most}.`);
}

function checkInit(x: Matrix, nComponents: number, init: Exclude<UmapOptions["init"], undefined>): void {
  if (typeof init === "string") {
    if (["spectral", "pca", "random"].includes(init)) return;
    throw new KernelError(
      "bad_parameter",
      `init is "${init}"; give "spectral", "pca", "random" or a matrix of previous coordinates.`,
    );
  }
  checkShape(init, "init");
  if (init.rows !== x.rows || init.cols !== nComponents) {
    throw new KernelError(
      "shape_mismatch",
      `init is ${init.rows} x ${init.cols}; ${x.rows} rows in ${nComponents} dimensions need ${x.rows} x ${nComponents}.`,
    );
  }
  const isPlaced = (p: number): boolean => !Number.isNaN(init.data[p - (p % init.cols)]!);
  checkMatrix({ ...init, data: init.data.map((value, p) => (isPlaced(p) ? value : 0)) }, "init");
  if (init.data.every((_, p) => !isPlaced(p))) {
    throw new KernelError("bad_parameter", 'init holds no previous coordinates; give "spectral" instead.');
  }
}
