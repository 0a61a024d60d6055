import type { Matrix } from "../matrix.ts";
import type { PcaOptions } from "./options.ts";
import { pca, type PcaModel, type PcaResult } from "./pca.ts";

/** Components with a smaller share of the largest variance are roundings of float32 products. */
const ROUNDING = 1e-6;

/**
 * Rows along their principal components, each divided by its standard deviation: no two columns are correlated, and all
 * have the variance 1. Components whose variance is a millionth of the largest or less are left out, as whitening would
 * make their roundings as large as the rest. applyPca() with the model does the same to new rows.
 *
 * @returns rows [rows, components kept]; one column of zeros if all rows are equal. The rest as of pca(), with the shares
 *   of the components kept
 * @throws KernelError what pca() throws
 */
export async function whitenRows(
  x: Matrix,
  options: Omit<PcaOptions, "whiten"> = {},
): Promise<
  { rows: Matrix; model: PcaModel } & Pick<PcaResult, "explainedVarianceRatio" | "approximate" | "method">
> {
  const found = await pca(x, { ...options, whiten: true });
  const { coordinates, model, approximate, method } = found;
  const { explainedVariance, components } = model;
  const all = explainedVariance.length;
  const kept = Math.max(
    1,
    explainedVariance.filter((value) => value > ROUNDING * explainedVariance[0]!).length,
  );
  const explainedVarianceRatio = found.explainedVarianceRatio.slice(0, kept);
  const told = { explainedVarianceRatio, approximate, method };
  if (kept === all) return { rows: coordinates, model, ...told };
  const data = new Float32Array(x.rows * kept);
  for (let i = 0; i < x.rows; i++) data.set(coordinates.data.subarray(i * all, i * all + kept), i * kept);
  return {
    rows: { data, rows: x.rows, cols: kept },
    model: {
      ...model,
      components: components.slice(0, kept * x.cols),
      explainedVariance: explainedVariance.slice(0, kept),
    },
    ...told,
  };
}
