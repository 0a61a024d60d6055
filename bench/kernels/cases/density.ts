import { dbscan } from "../../../kernels/src/dbscan/dbscan.ts";
import { hdbscan } from "../../../kernels/src/hdbscan/hdbscan.ts";
import { adjustedRandIndex } from "../../../kernels/src/quality/adjusted-rand-index.ts";
import { groupedRows } from "../data.ts";
import { type BenchArray, type KernelCase, matrixOf, type Quality } from "../kernel-case.ts";

const COLS = 384;
const GROUPS = 50;
const MIN_CLUSTER_SIZE = 15;
/** Near the median distance of a row to its fourth neighbour; finds 46 of the 50 groups and a third of noise. */
const EPS = 17;

function arrays(rows: number): Record<string, BenchArray> {
  return { ...groupedRows(rows, COLS, { groups: GROUPS }) };
}

function quality(labels: Int32Array, nClusters: number, truth: BenchArray): Quality {
  return {
    clusters: nClusters,
    noise: labels.filter((label) => label < 0).length / labels.length,
    adjustedRand: adjustedRandIndex(labels, truth.data),
  };
}

/** All pairs once. */
const pairs = ({ x }: Readonly<Record<string, BenchArray>>) => [
  { rows: x!.rows, inner: COLS, columns: Math.ceil(x!.rows / 2), times: 1 },
];

function hdbscanCase(
  name: string,
  rows: number,
  parameters: { library: string; algorithm: string },
): KernelCase {
  return {
    name,
    title: `HDBSCAN ${rows / 1000}k x ${COLS}, exact, beside ${parameters.library} ${parameters.algorithm}`,
    arrays: (scaled) => arrays(scaled(rows)),
    ours: async ({ x, truth }) => {
      const { labels, nClusters } = await hdbscan(matrixOf(x), { minClusterSize: MIN_CLUSTER_SIZE });
      return () => quality(labels, nClusters, truth!);
    },
    reference: {
      script: "hdbscan_case.py",
      parameters: { minClusterSize: MIN_CLUSTER_SIZE, ...parameters },
      slow: true,
    },
    products: pairs,
    runs: rows > 50_000 ? 1 : 3,
  };
}

export const densityCases: readonly KernelCase[] = [
  {
    name: "dbscan-20k",
    title: `DBSCAN 20k x ${COLS}, eps ${EPS}, beside scikit-learn brute`,
    arrays: (scaled) => arrays(scaled(20_000)),
    ours: async ({ x, truth }) => {
      const { labels, nClusters } = await dbscan(matrixOf(x), { eps: EPS });
      return () => quality(labels, nClusters, truth!);
    },
    reference: { script: "dbscan.py", parameters: { eps: EPS, minSamples: 5, algorithm: "brute" } },
    products: pairs,
  },
  hdbscanCase("hdbscan-20k", 20_000, { library: "scikit-learn", algorithm: "auto" }),
  hdbscanCase("hdbscan-20k-brute", 20_000, { library: "scikit-learn", algorithm: "brute" }),
  hdbscanCase("hdbscan-20k-contrib", 20_000, { library: "hdbscan", algorithm: "best" }),
  hdbscanCase("hdbscan-100k", 100_000, { library: "scikit-learn", algorithm: "auto" }),
];
