import { hdbscan } from "../../../kernels/src/hdbscan/hdbscan.ts";
import { adjustedRandIndex } from "../../../kernels/src/quality/adjusted-rand-index.ts";
import { umap } from "../../../kernels/src/umap/umap.ts";
import { digits } from "../digits.ts";
import { type KernelCase, matrixOf } from "../kernel-case.ts";

const SEED = 1;
const NEIGHBOURS = 15;
const METRIC = "cosine" as const;
/** About half of the rows of a digit: "eom" and smaller sizes join 4 with 9 and 3 with 5 and 8, on both sides. */
const CLUSTERS = { minClusterSize: 500, minSamples: 6, clusterSelectionMethod: "leaf" } as const;

/** UMAP to a few dimensions, then HDBSCAN, on all 10,000 digits; quality against the digits they are. */
export const pipelineCases: readonly KernelCase[] = [5, 10, 15].map((dims) => ({
  name: `pipeline-${dims}`,
  title: `UMAP 10k x 784 digits to ${dims}, then HDBSCAN`,
  arrays: (scaled) => ({ ...digits(scaled(10_000)) }),
  ours: async ({ x, truth }) => {
    const options = { nComponents: dims, nNeighbors: NEIGHBOURS, minDist: 0, metric: METRIC, seed: SEED };
    const { coordinates } = await umap(matrixOf(x), options);
    const { labels } = await hdbscan(coordinates, CLUSTERS);
    return () => ({
      "adjusted Rand": adjustedRandIndex(labels, truth!.data),
      noise: labels.filter((label) => label < 0).length / labels.length,
      clusters: Math.max(...labels) + 1,
    });
  },
  reference: {
    script: "pipeline.py",
    parameters: { dims, neighbours: NEIGHBOURS, metric: METRIC, seed: SEED, ...CLUSTERS },
  },
  runs: 1,
  products: ({ x }) => [{ rows: x!.rows, inner: x!.cols, columns: Math.ceil(x!.rows / 2), times: 1 }],
}));
