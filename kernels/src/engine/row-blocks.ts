/**
 * How rows are cut into blocks so that the result has the same bits for every block size and number of threads.
 *
 * ONNX Runtime's product (MLAS sgemm) sums each element in the same order wherever its row stands, but for two things:
 * a thread that gets a single row takes another routine, and when the product is wider than high it is split by columns
 * among threads, where a thread with 64 columns or fewer sums in other steps. Hence at least 256 rows (8 a thread for
 * MAX_THREADS), and at least as many rows as columns up to 2048 columns (64 a thread).
 */
export const MIN_BLOCK_ROWS = 256;

const MAX_BLOCK_ROWS = 16_384;
const WIDE = 2048;
const SCORE_BYTES = 16 * 2 ** 20;

/** Rows of a block whose product with `columns` targets stays near 16 MB, the size that stays in cache and is cheap to wait for. */
export function blockRowsFor(columns: number, wanted?: number): number {
  const rows = wanted ?? Math.min(MAX_BLOCK_ROWS, Math.floor(SCORE_BYTES / (4 * columns)));
  return Math.max(MIN_BLOCK_ROWS, Math.min(columns, WIDE), rows);
}

/**
 * First rows of the blocks. The last block ends with the data and overlaps the one before, so that no block is short:
 * the rows in both get the same bits twice. `paddedRows` is at least MIN_BLOCK_ROWS.
 */
export function blockStarts(paddedRows: number, blockRows: number): number[] {
  const starts: number[] = [];
  for (let start = 0; start < paddedRows; start += blockRows) {
    starts.push(Math.max(0, Math.min(start, paddedRows - blockRows)));
  }
  return starts;
}
