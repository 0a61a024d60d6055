import {
  type DbscanResult,
  type GaussianMixtureModel,
  type HdbscanModel,
  type Linkage,
  type Matrix,
  type Metric,
  NearestCentres,
  predictAgglomerative,
  predictDbscan,
  predictGaussianMixture,
  predictHdbscan,
} from "#kernels/index.ts";

/** How rows get the clusters that a method found among others. `x`: the rows it was fitted on, [rows, cols]. */
export type ClusterRule =
  /** The nearest centre; `labels[i]` is that of centre i. */
  | { readonly kind: "centres"; readonly centres: Matrix; readonly labels: Int32Array }
  /** The likeliest of the components in `labels`, ascending: one that no row was in is no cluster. */
  | { readonly kind: "mixture"; readonly model: GaussianMixtureModel; readonly labels: Int32Array }
  /** That of the nearest core row within eps. */
  | {
      readonly kind: "dbscan";
      readonly x: Matrix;
      readonly found: DbscanResult;
      readonly eps: number;
      readonly metric: Metric;
    }
  /** That of the row nearest by mutual reachability, unless that is too far. */
  | { readonly kind: "hdbscan"; readonly x: Matrix; readonly model: HdbscanModel }
  /** The nearest mean (ward), or that of the nearest row. */
  | {
      readonly kind: "linkage";
      readonly x: Matrix;
      readonly labels: Int32Array;
      readonly linkage: Linkage;
      readonly metric: Metric;
    };

/** What rows get; it does not depend on the rows beside them. */
export type Predict = (rows: Matrix) => Promise<{
  /** From 0, -1 for noise. int32 [rows] */
  readonly labels: Int32Array;
  /** What the rows add to the inertia, if the method has one. */
  readonly inertia?: number;
}>;

/** Runs `work` with the rule. Throws KernelError. */
export async function predicting<T>(rule: ClusterRule, work: (predict: Predict) => Promise<T>): Promise<T> {
  switch (rule.kind) {
    case "centres":
      return NearestCentres.use(rule.centres, {}, (nearest) =>
        work(async (rows) => {
          const own = new Int32Array(rows.rows);
          const distances = new Float32Array(rows.rows);
          await nearest.assign(rows, own, distances);
          return {
            labels: own.map((at) => rule.labels[at]!),
            inertia: distances.reduce((sum, distance) => sum + distance * distance, 0),
          };
        }),
      );
    case "mixture":
      return work(async (rows) => {
        const predicted = await predictGaussianMixture(rule.model, rows);
        return { labels: likeliest(predicted.responsibilities, rule.labels) };
      });
    case "dbscan": {
      const { x, found, eps, metric } = rule;
      return work(async (rows) => ({ labels: await predictDbscan(rows, x, found, { eps, metric }) }));
    }
    case "hdbscan":
      return work(async (rows) => ({ labels: (await predictHdbscan(rows, rule.x, rule.model)).labels }));
    case "linkage": {
      const { x, labels, linkage, metric } = rule;
      return work(async (rows) => ({
        labels: await predictAgglomerative(rows, x, labels, { linkage, metric }),
      }));
    }
  }
}

/** The column of the highest value of each row among those taken, the lowest at a tie. */
function likeliest({ data, rows, cols }: Matrix, taken: Int32Array): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) =>
    taken.reduce((best, col) => (data[row * cols + col]! > data[row * cols + best]! ? col : best)),
  );
}
