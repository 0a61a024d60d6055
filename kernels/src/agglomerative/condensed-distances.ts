import { squaredDistance, squaredNorms } from "../engine/centred-rows.ts";
import { DoubleProducts } from "../engine/double-products.ts";
import type { Matrix } from "../matrix.ts";
import type { Metric } from "../metric.ts";

/** Rows of a block of products; fixed, so that sums have the same bits whatever blocks the caller asks for. */
const SIDE = 512;

/** Below this share of the squared lengths the difference has lost half its digits and is summed again. */
const CANCELLED = 2 ** -24;

/**
 * The distances of all pairs of rows, in float64: pair i < j is at rows · i - i (i + 1) / 2 + j - i - 1 (scipy's pdist).
 * Rows are moved by the first row, which is exact for most float32 data and keeps equal distances equal.
 */
export async function condensedDistances(
  x: Matrix,
  metric: Metric,
  threads: number | undefined,
  checkpoint: (fraction: number) => void,
): Promise<Float64Array> {
  const { rows, cols } = x;
  const blocks = Math.ceil(rows / SIDE);
  const moved = movedRows(x, metric, blocks * SIDE);
  const norms = squaredNorms(moved, cols);
  const distances = new Float64Array((rows * (rows - 1)) / 2);
  const tile = new Float64Array(SIDE * SIDE);
  const part = (block: number, width: number, from: Float64Array): Float64Array =>
    from.subarray(block * SIDE * width, (block + 1) * SIDE * width);
  await DoubleProducts.use(cols, threads, async (products) => {
    for (let up = 0; up < blocks; up++) {
      for (let across = up; across < blocks; across++) {
        checkpoint((up * blocks + across) / (blocks * blocks));
        await products.partial(
          part(up, cols, moved),
          part(across, cols, moved),
          part(across, 1, norms),
          tile,
        );
        for (let i = up * SIDE; i < Math.min(rows, (up + 1) * SIDE); i++) {
          const row = (i - up * SIDE) * SIDE - across * SIDE;
          const at = rows * i - (i * (i + 1)) / 2 - i - 1;
          const end = Math.min(rows, (across + 1) * SIDE);
          for (let j = Math.max(i + 1, across * SIDE); j < end; j++) {
            let squared = tile[row + j]! + norms[i]!;
            if (squared < CANCELLED * (norms[i]! + norms[j]!)) {
              squared = squaredDistance(moved, i * cols, moved, j * cols, cols);
            }
            distances[at + j] = metric === "cosine" ? squared / 2 : Math.sqrt(squared);
          }
        }
      }
    }
  });
  return distances;
}

/** float64 [paddedRows, cols] */
function movedRows({ data, rows, cols }: Matrix, metric: Metric, paddedRows: number): Float64Array {
  const moved = new Float64Array(paddedRows * cols);
  if (metric === "cosine") {
    const norms = squaredNorms(data, cols);
    for (let p = 0; p < data.length; p++) moved[p] = data[p]! / Math.sqrt(norms[Math.floor(p / cols)]!);
  } else {
    for (let i = 0; i < rows; i++) {
      for (let c = 0; c < cols; c++) moved[i * cols + c] = data[i * cols + c]! - data[c]!;
    }
  }
  return moved;
}
