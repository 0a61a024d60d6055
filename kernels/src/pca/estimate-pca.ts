import { PCA_EXACT_SIDE, type PcaOptions } from "./options.ts";

/** What a call of pca() takes: peak bytes beyond the input, the coordinates counted, and multiply-adds. */
export function estimatePca(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  options: Pick<PcaOptions, "nComponents" | "method">,
): { bytes: number; operations: number } {
  const side = Math.min(rows, cols);
  const { nComponents: count = side, method = "auto" } = options;
  const coordinates = 4 * rows * count;
  const blocks = 3 * 4 * 2048 * cols;
  const projection = rows * cols * count;
  if (method === "randomized" || (method === "auto" && side > PCA_EXACT_SIDE)) {
    const size = Math.min(side, count + 10);
    return {
      bytes: coordinates + blocks + 8 * 4 * size * cols + 4 * 2048 * size,
      operations: projection + 16 * rows * cols * size + 8 * size * size * cols,
    };
  }
  const copy = rows < cols ? 8 * rows * cols : 0;
  return {
    bytes: coordinates + blocks + copy + 8 * 3 * side * side,
    operations: projection + rows * cols * side + 3 * side ** 3,
  };
}
