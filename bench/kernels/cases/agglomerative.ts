import { agglomerative } from "../../../kernels/src/agglomerative/agglomerative.ts";
import { adjustedRandIndex } from "../../../kernels/src/quality/adjusted-rand-index.ts";
import { groupedRows } from "../data.ts";
import { type KernelCase, matrixOf } from "../kernel-case.ts";

const COLS = 384;

export const agglomerativeCases: readonly KernelCase[] = [
  { linkage: "ward", rows: 10_000 } as const,
  { linkage: "average", rows: 5000 } as const,
].map(({ linkage, rows }) => ({
  name: `${linkage}-${rows / 1000}k`,
  title: `agglomerative, ${linkage}, ${rows / 1000}k x ${COLS}`,
  arrays: (scaled) => ({ ...groupedRows(scaled(rows), COLS, { groups: 30 }) }),
  ours: async ({ x, truth }) => {
    const { labels, distances } = await agglomerative(matrixOf(x), { linkage, nClusters: 30 });
    return () => ({
      adjustedRand: adjustedRandIndex(labels, truth!.data),
      sumOfDistances: distances.reduce((sum, distance) => sum + distance, 0),
    });
  },
  reference: { script: "agglomerative.py", parameters: { linkage, nClusters: 30 } },
  products: ({ x }) => [{ rows: x!.rows, inner: COLS, columns: Math.ceil(x!.rows / 2), times: 1 }],
}));
