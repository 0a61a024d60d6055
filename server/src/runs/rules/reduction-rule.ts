import { applyPca, type Matrix, type PcaModel, type UmapModel, umapTransform } from "#kernels/index.ts";

/** How rows come into fewer dimensions, as those did that the reduction was made from. */
export type ReductionRule =
  | { readonly kind: "none" }
  | { readonly kind: "pca"; readonly model: PcaModel }
  | { readonly kind: "umap"; readonly model: UmapModel };

/** [rows, dimensions of the reduction]. Throws KernelError. */
export async function reduceBy(rule: ReductionRule, rows: Matrix): Promise<Matrix> {
  switch (rule.kind) {
    case "none":
      return rows;
    case "pca":
      return applyPca(rule.model, rows);
    case "umap":
      return umapTransform(rule.model, rows);
  }
}
