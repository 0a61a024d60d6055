import { kmeans } from "../../../kernels/src/kmeans/kmeans.ts";
import { groupedRows } from "../data.ts";
import { type KernelCase, matrixOf } from "../kernel-case.ts";

const ROWS = 100_000;
const COLS = 384;
const ITERATIONS = 25;

/** From the own seeding of each side: both do all 25 iterations, which `tol` 0 makes sure of on these data. */
export const kmeansCases: readonly KernelCase[] = [10, 100, 1000].map((k) => ({
  name: `kmeans-k${k}`,
  title: `k-means 100k x ${COLS}, k = ${k}, ${ITERATIONS} iterations`,
  arrays: (scaled) => ({ x: groupedRows(scaled(ROWS), COLS, { groups: 300 }).x }),
  ours: async ({ x }) => {
    const result = await kmeans(matrixOf(x), { nClusters: k, maxIter: ITERATIONS, tol: 0 });
    return () => ({ inertia: result.inertia, iterations: result.iterations });
  },
  reference: {
    script: "kmeans.py",
    parameters: { k, iterations: ITERATIONS },
    ...(k === 1000 ? { slow: true as const } : {}),
  },
  // One assignment an iteration, and one of the labels that belong to the centres returned.
  products: ({ x }) => [{ rows: x!.rows, inner: COLS, columns: k, times: ITERATIONS + 1 }],
}));
