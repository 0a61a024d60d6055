import { type UmapOptions, usualEpochs } from "./options.ts";
import { spectralBasis } from "./spectral-layout.ts";

/**
 * What umap() takes for rows of a size: peak bytes beyond the input, and multiply-adds, most of them in the products that
 * find the neighbours. A step of the layout counts as 40.
 */
export function estimateUmap(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  options: UmapOptions = {},
): { bytes: number; operations: number } {
  const { nComponents = 2, nNeighbors = 15, nEpochs = usualEpochs(rows) } = options;
  const { negativeSampleRate = 5, init = "spectral", metric } = options;
  const k = Math.min(nNeighbors, rows);
  const basis = Math.min(rows, spectralBasis(nComponents));
  // Measured on digits: the union of 14 neighbours each way has 1.45 times as many edges, used every third epoch.
  const edges = 1.5 * rows * k;
  const copies = metric === "cosine" ? 3 : 1;
  const searching = 4 * rows * cols * copies + rows * k * 40 + 5 * 2 ** 20;
  const joining = rows * k * (8 + 24 + 16) + edges * 16;
  const starting =
    edges * 24 + (init === "spectral" ? rows * (basis * 4 + nComponents * 16) : 4 * rows * cols * copies);
  const moving = edges * 32 + rows * nComponents * 24;
  const products = (rows * rows * cols) / 2;
  const spectral = init === "spectral" ? 4 * basis * (edges + 4 * rows * basis) : 50 * rows * cols;
  const layout = nEpochs * (edges / 3) * (1 + negativeSampleRate) * 40;
  return {
    bytes: Math.round(Math.max(searching, joining, starting, moving)),
    operations: Math.round(products + spectral + layout),
  };
}
