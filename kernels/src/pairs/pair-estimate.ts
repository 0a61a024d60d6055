/** Peak bytes beyond the input, and multiply-adds. */
export type Estimate = { bytes: number; operations: number };

export type Shape = { readonly rows: number; readonly cols: number };

/** The prepared rows, a tile and its search. */
export function pairBytes({ rows, cols }: Shape): number {
  return 4 * (rows + 1024) * cols + 16 * rows + 8 * 2 ** 20;
}

/** Candidates and lists of k neighbours. */
export function listBytes(rows: number, k: number): number {
  return rows * (8 * (1.25 * k + 4) + 12 * k + 8);
}

/** One pass over all pairs. */
export function pairOperations({ rows, cols }: Shape): number {
  return (rows * rows * cols) / 2;
}
