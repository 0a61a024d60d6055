import { pca } from "../../../kernels/src/pca/pca.ts";
import { groupedRows } from "../data.ts";
import { type KernelCase, matrixOf } from "../kernel-case.ts";

const ROWS = 100_000;
const COLS = 384;
const DIMS = 50;

export const pcaCases: readonly KernelCase[] = [
  {
    name: "pca",
    title: `PCA 100k x ${COLS} to ${DIMS}, exact`,
    arrays: (scaled) => ({ x: groupedRows(scaled(ROWS), COLS, { groups: 300, rank: 80 }).x }),
    ours: async ({ x }) => {
      const result = await pca(matrixOf(x), { nComponents: DIMS });
      return () => ({ "explained variance": result.explainedVarianceRatio.reduce((a, b) => a + b) });
    },
    reference: { script: "pca.py", parameters: { dims: DIMS } },
    // The scatter is symmetric: half of it is enough.
    products: ({ x }) => [
      { rows: x!.rows, inner: COLS, columns: COLS, times: 0.5 },
      { rows: x!.rows, inner: COLS, columns: DIMS, times: 1 },
    ],
  },
];
