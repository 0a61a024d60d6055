import { BASELINE, CURRENT } from "./pooled-rows.ts";

/**
 * The chance that a row of the current sample scores higher than one of the baseline, a tie counting half (Mann and Whitney
 * 1947; scikit-learn's roc_auc_score). A row of both samples is in every count on both sides.
 *
 * @param scores [rows]
 * @param sides [rows], as in PooledRows; each of the two samples has a row
 */
export function areaUnderCurve(scores: Float64Array, sides: Uint8Array): number {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  let below = 0;
  let current = 0;
  let won = 0;
  for (let i = 0; i < order.length;) {
    const score = scores[order[i]!]!;
    let tiedBaseline = 0;
    let tiedCurrent = 0;
    for (; i < order.length && scores[order[i]!] === score; i++) {
      const side = sides[order[i]!]!;
      if ((side & BASELINE) !== 0) tiedBaseline++;
      if ((side & CURRENT) !== 0) tiedCurrent++;
    }
    won += tiedCurrent * (below + tiedBaseline / 2);
    below += tiedBaseline;
    current += tiedCurrent;
  }
  return won / (below * current);
}
