/**
 * Brings centres to length 1, in place, float64 [k, cols]. Rows that point everywhere have a mean of no direction: such a
 * centre keeps the direction it had.
 */
export function pointCentres(centres: Float64Array, before: Float64Array, cols: number): void {
  for (let at = 0; at < centres.length; at += cols) {
    let squared = 0;
    for (let p = at; p < at + cols; p++) squared += centres[p]! ** 2;
    const length = Math.sqrt(squared);
    // Below, what is left of the sum is rounding only.
    if (length < 1e-12) for (let p = at; p < at + cols; p++) centres[p] = before[p]!;
    else for (let p = at; p < at + cols; p++) centres[p]! /= length;
  }
}
