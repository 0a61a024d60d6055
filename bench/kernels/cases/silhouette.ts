import { silhouette } from "../../../kernels/src/quality/silhouette.ts";
import { groupedRows } from "../data.ts";
import { type KernelCase, matrixOf } from "../kernel-case.ts";

const ROWS = 20_000;
const COLS = 384;

/** Of the groups the rows were made from. */
export const silhouetteCases: readonly KernelCase[] = (["euclidean", "cosine"] as const).map((metric) => ({
  name: `silhouette-${metric}`,
  title: `silhouette ${metric} 20k x ${COLS}, 100 clusters, exact`,
  arrays: (scaled) => {
    const { x, truth } = groupedRows(scaled(ROWS), COLS, { groups: 100 });
    return { x, labels: truth };
  },
  ours: async ({ x, labels }) => {
    const { score } = await silhouette(matrixOf(x), labels!.data, { metric });
    return () => ({ silhouette: score });
  },
  reference: { script: "silhouette.py", parameters: { metric } },
  // Euclidean: each pair once. Cosine: each row and cluster.
  products: ({ x }) => [
    metric === "euclidean"
      ? { rows: x!.rows, inner: COLS, columns: x!.rows, times: 0.5 }
      : { rows: x!.rows, inner: COLS, columns: 100, times: 1 },
  ],
}));
