/**
 * Makes rows orthonormal in place, in their order; one that lies in the space of those before it (or is zero) is replaced
 * by a direction outside of it. Gram and Schmidt, twice, which is enough (Giraud et al. 2005).
 *
 * @param rows float64 [count, n], count at most n
 */
export function completeBasis(rows: Float64Array, count: number, n: number): void {
  let next = 0;
  for (let r = 0; r < count; r++) {
    const row = rows.subarray(r * n, (r + 1) * n);
    let left = normalized(rows, row, r, n);
    // What is left of a row in the span of the others is rounding; a unit vector outside of it there must be.
    while (left < 1e-8) {
      row.fill(0);
      row[next++] = 1;
      left = normalized(rows, row, r, n);
    }
  }
}

/** Takes off what lies along the first `before` rows and scales to length 1; returns the share that was left. */
function normalized(rows: Float64Array, row: Float64Array, before: number, n: number): number {
  const start = lengthOf(row);
  if (start === 0) return 0;
  for (let c = 0; c < n; c++) row[c]! /= start;
  let left = 1;
  for (let pass = 0; pass < 2; pass++) {
    for (let b = 0; b < before; b++) {
      const at = b * n;
      let along = 0;
      for (let c = 0; c < n; c++) along += rows[at + c]! * row[c]!;
      for (let c = 0; c < n; c++) row[c]! -= along * rows[at + c]!;
    }
    const length = lengthOf(row);
    if (length < 1e-8) return 0;
    left *= length;
    for (let c = 0; c < n; c++) row[c]! /= length;
  }
  return left;
}

function lengthOf(row: Float64Array): number {
  let squared = 0;
  for (const value of row) squared += value * value;
  return Math.sqrt(squared);
}
