import { KernelError } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";

/** Rows that belong to a cluster, ordered by cluster and inside a cluster by row. */
export type LabelledRows = {
  /** Row of the input, int32 [number of labelled rows]. */
  readonly order: Int32Array;
  /** Rows order[bounds[c]] up to order[bounds[c + 1]] are those of cluster c; int32 [clusters + 1], no cluster is empty. */
  readonly bounds: Int32Array;
};

/** Labels are given back as int32. */
const MOST_LABEL = 2 ** 31 - 1;

/** Leaves out rows labelled -1 (noise) and numbers the labels that occur 0, 1, … in ascending order. */
export function groupLabelledRows(x: Matrix, labels: ArrayLike<number>): LabelledRows {
  checkMatrix(x, "x");
  if (labels.length !== x.rows) {
    throw new KernelError(
      "shape_mismatch",
      `There are ${labels.length} labels for ${x.rows} rows; give one a row.`,
    );
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < -1 || label > MOST_LABEL) {
      throw new KernelError(
        "bad_parameter",
        `Label ${label} of row ${i} is not a whole number from 0 to ${MOST_LABEL}, nor -1 for noise.`,
      );
    }
  }
  return orderByLabel(
    labels,
    Int32Array.from({ length: labels.length }, (_, i) => i),
  );
}

/** As above for some of the rows. */
export function orderByLabel(labels: ArrayLike<number>, rows: Int32Array): LabelledRows {
  const order = rows.filter((i) => labels[i]! >= 0).sort((a, b) => labels[a]! - labels[b]! || a - b);
  const bounds = [0];
  for (let i = 1; i <= order.length; i++) {
    if (i === order.length || labels[order[i]!] !== labels[order[i - 1]!]) bounds.push(i);
  }
  return { order, bounds: Int32Array.from(order.length === 0 ? [0] : bounds) };
}

/** Separation is defined from 2 clusters up to one less than there are rows (as in scikit-learn). */
export function checkClusterCount({ order, bounds }: LabelledRows, rows: string): void {
  const clusters = bounds.length - 1;
  if (clusters >= 2 && clusters < order.length) return;
  throw new KernelError(
    "bad_clusters",
    `There are ${clusters} clusters over ${order.length} ${rows}; the measure needs at least 2 clusters, and fewer clusters than rows.`,
  );
}

/** Mean of each cluster, float64 [clusters, cols]. */
export function clusterMeans(x: Matrix, { order, bounds }: LabelledRows): Float64Array {
  const { data, cols } = x;
  const clusters = bounds.length - 1;
  const means = new Float64Array(clusters * cols);
  for (let c = 0; c < clusters; c++) {
    const size = bounds[c + 1]! - bounds[c]!;
    for (let i = bounds[c]!; i < bounds[c + 1]!; i++) {
      const from = order[i]! * cols;
      for (let p = 0; p < cols; p++) means[c * cols + p]! += data[from + p]!;
    }
    for (let p = c * cols; p < (c + 1) * cols; p++) means[p]! /= size;
  }
  return means;
}
