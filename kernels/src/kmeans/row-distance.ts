/**
 * Squared distance of a row to a centre in float64. The same as squaredDistance(), but for these two kinds of array only
 * and with four sums, which takes V8 a third of the time.
 */
export function rowDistance(
  data: Float32Array,
  at: number,
  centres: Float64Array,
  centreAt: number,
  cols: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let c = 0;
  for (; c + 3 < cols; c += 4) {
    const d0 = data[at + c]! - centres[centreAt + c]!;
    const d1 = data[at + c + 1]! - centres[centreAt + c + 1]!;
    const d2 = data[at + c + 2]! - centres[centreAt + c + 2]!;
    const d3 = data[at + c + 3]! - centres[centreAt + c + 3]!;
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; c < cols; c++) {
    const d = data[at + c]! - centres[centreAt + c]!;
    s0 += d * d;
  }
  return s0 + s1 + (s2 + s3);
}
