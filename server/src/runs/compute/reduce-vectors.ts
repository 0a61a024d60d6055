import { type Matrix, pca, umap, whitenRows } from "#kernels/index.ts";
import type { ReduceStep } from "../../clusters/methods/steps.ts";
import type { StepProgress } from "./grouping.ts";
import type { ReductionRule } from "../rules/reduction-rule.ts";
import { wireWords } from "./wire-words.ts";

/** Vectors in fewer dimensions, and how others get there. */
export interface Reduction {
  /** Of the rows it was made from. */
  readonly rows: Matrix;
  readonly rule: ReductionRule;
  /** Whether another way to the same end would give other coordinates. */
  readonly approximate: boolean;
  readonly notes: readonly string[];
}

/** Reduces rows before they are clustered; without a step they stay what they are. Throws KernelError. */
export async function reduceVectors(
  x: Matrix,
  step: ReduceStep | null,
  { seed, onProgress }: { readonly seed: number; readonly onProgress: StepProgress },
): Promise<Reduction> {
  if (step === null) {
    return { rows: x, rule: { kind: "none" }, approximate: false, notes: [] };
  }
  if (step.method === "pca") {
    const nComponents = Math.min(step.dims, x.cols, x.rows);
    // Whitened, directions without variance would be roundings as large as the rest: whitenRows leaves them out.
    const found = step.whiten
      ? await whitenRows(x, { nComponents, seed, onProgress })
      : await pca(x, { nComponents, seed, onProgress });
    const rows = "rows" in found ? found.rows : found.coordinates;
    const dimensions = `from ${x.cols} to ${rows.cols} dimensions${step.whiten ? ", whitened" : ""}`;
    const asked = rows.cols < step.dims ? `, for there are no ${step.dims}` : "";
    return {
      rows,
      rule: { kind: "pca", model: found.model },
      approximate: found.approximate,
      notes: [`Reduced by ${found.method} ${dimensions}${asked}, with ${shareKept(found)} of the variance.`],
    };
  }
  const { dims: nComponents, n_neighbors: nNeighbors, min_dist: minDist, metric } = step;
  const found = await umap(x, { nComponents, nNeighbors, minDist, metric, seed, onProgress });
  return {
    rows: found.coordinates,
    rule: { kind: "umap", model: { x, ...found } },
    approximate: found.approximate,
    notes: [
      `Reduced by UMAP from ${x.cols} to ${nComponents} dimensions: ${found.method}.`,
      ...found.notes.map(wireWords),
    ],
  };
}

/** `93.1 %` */
export function shareKept({
  explainedVarianceRatio,
}: {
  readonly explainedVarianceRatio: Float64Array;
}): string {
  const kept = explainedVarianceRatio.reduce((sum, share) => sum + share, 0);
  return `${(100 * kept).toFixed(1)} %`;
}
