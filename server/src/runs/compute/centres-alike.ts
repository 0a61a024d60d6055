/**
 * For each cluster the others whose centres lie in nearly the same direction, as seen from the middle of all centres: in spaces where
 * all vectors point one way, as those of many models do, the cosine from the origin is near 1 for any two. None for a cluster without a
 * centre. One nearest partner each is enough to bring what belongs together into one group.
 *
 * @param centres of one length, null where there is none
 * @param threshold least cosine, from 0 to 1
 * @returns the index of the nearest other at or above the threshold, -1 where there is none
 */
export function centresAlike(centres: readonly (Float32Array | null)[], threshold: number): Int32Array {
  const partners = new Int32Array(centres.length).fill(-1);
  const there = centres.flatMap((centre, index) => (centre ? [{ centre, index }] : []));
  const first = there[0];
  if (!first) return partners;
  const middle = new Float64Array(first.centre.length);
  for (const { centre } of there)
    for (const [j, value] of centre.entries()) middle[j]! += value / there.length;
  const directions = there.map(({ centre }) => {
    const from = Float64Array.from(centre, (value, j) => value - middle[j]!);
    const length = Math.sqrt(from.reduce((sum, value) => sum + value * value, 0));
    return length === 0 ? null : from.map((value) => value / length);
  });
  for (const [a, one] of directions.entries()) {
    let best = threshold;
    for (const [b, other] of directions.entries()) {
      if (a === b || !one || !other) continue;
      let cosine = 0;
      for (let j = 0; j < one.length; j++) cosine += one[j]! * other[j]!;
      if (cosine < best) continue;
      best = cosine;
      partners[there[a]!.index] = there[b]!.index;
    }
  }
  return partners;
}
