import { drawRows } from "../../../kernels/src/draw-rows.ts";
import { trustworthiness } from "../../../kernels/src/quality/trustworthiness.ts";
import { umap } from "../../../kernels/src/umap/umap.ts";
import { shiftedDigits } from "../digits.ts";
import { type BenchArray, type KernelCase, matrixOf } from "../kernel-case.ts";

const NEIGHBOURS = 15;

/** Quality is trustworthiness at 15 neighbours on 4,000 rows, the same of both sides. */
export const umapCases: readonly KernelCase[] = [
  {
    name: "umap",
    title: "UMAP 20k x 784 digits to 2, seeded",
    arrays: (scaled) => {
      const x = shiftedDigits(2 * Math.floor(scaled(20_000) / 2));
      const sample = drawRows(Math.min(4000, x.rows), x.rows, 1);
      return { x, sample: { data: sample, rows: sample.length, cols: 1 } };
    },
    ours: async ({ x, sample }) => {
      const { coordinates } = await umap(matrixOf(x), { seed: 42 });
      const places = { ...coordinates };
      return async () => ({
        trustworthiness: await trustworthiness(drawn(x!, sample!), drawn(places, sample!), {
          nNeighbors: NEIGHBOURS,
        }),
      });
    },
    reference: { script: "umap_layout.py", parameters: { seed: 42, neighbours: NEIGHBOURS } },
    // Each pair of rows is multiplied once, to find the neighbours.
    products: ({ x }) => [{ rows: x!.rows, inner: x!.cols, columns: Math.ceil(x!.rows / 2), times: 1 }],
  },
];

function drawn(x: BenchArray, sample: BenchArray) {
  const { data, cols } = matrixOf(x);
  const rows = new Float32Array(sample.rows * cols);
  for (const [to, from] of sample.data.entries())
    rows.set(data.subarray(from * cols, (from + 1) * cols), to * cols);
  return { data: rows, rows: sample.rows, cols };
}
