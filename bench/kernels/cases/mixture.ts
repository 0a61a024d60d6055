import { gaussianMixture } from "../../../kernels/src/mixture/gaussian-mixture.ts";
import { groupedRows } from "../data.ts";
import { type KernelCase, matrixOf } from "../kernel-case.ts";

const ITERATIONS = 20;

/** From a k-means of each side's own; tol 0 makes sure of all iterations. */
function mixtureCase(
  name: string,
  covarianceType: "diag" | "full",
  { rows, cols, k }: { rows: number; cols: number; k: number },
): KernelCase {
  return {
    name,
    title: `Gaussian mixture ${covarianceType} ${rows / 1000}k x ${cols}, k = ${k}, ${ITERATIONS} iterations`,
    arrays: (scaled) => ({ x: groupedRows(scaled(rows), cols, { groups: k, spread: 1.5 }).x }),
    ours: async ({ x }) => {
      const options = { nComponents: k, covarianceType, maxIter: ITERATIONS, tol: 0 } as const;
      const result = await gaussianMixture(matrixOf(x), options);
      return () => ({ "log-likelihood": result.lowerBound, iterations: result.iterations });
    },
    reference: { script: "mixture.py", parameters: { k, covarianceType, iterations: ITERATIONS } },
    // Densities and moments of each iteration, the densities once more at its end.
    products: ({ x }) =>
      covarianceType === "diag"
        ? [{ rows: x!.rows, inner: cols, columns: k, times: 2 * (2 * ITERATIONS + 1) }]
        : [{ rows: x!.rows, inner: cols, columns: k * cols, times: 2 * ITERATIONS + 1 }],
  };
}

export const mixtureCases: readonly KernelCase[] = [
  mixtureCase("mixture-diag", "diag", { rows: 50_000, cols: 64, k: 10 }),
  mixtureCase("mixture-full", "full", { rows: 20_000, cols: 64, k: 10 }),
];
