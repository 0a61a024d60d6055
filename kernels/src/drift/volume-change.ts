import { KernelError } from "../kernel-error.ts";

export type VolumeChange = {
  /** abs(current - baseline) / max(baseline, current), from 0 to 1; 0 if both are 0. */
  value: number;
  /** (current - baseline) / baseline: -0.25 for a quarter less. Beside no document at all, as beside one. */
  growth: number;
  /** The share of all documents of the two that is not in both, from 0 to 1. */
  churn: number;
};

/**
 * How many documents there are more or less, and how many are others: 100 replaced by 100 new ones is no growth, and a
 * churn of 1.
 *
 * @param counts documents in the baseline, now, and in both
 * @throws KernelError `bad_parameter`
 */
export function volumeChange(counts: {
  readonly baseline: number;
  readonly current: number;
  readonly shared: number;
}): VolumeChange {
  const { baseline, current, shared } = counts;
  const fewer = Math.min(baseline, current);
  for (const [name, count, most] of [
    ["baseline", baseline, Number.MAX_SAFE_INTEGER],
    ["current", current, Number.MAX_SAFE_INTEGER],
    ["shared", shared, fewer],
  ] as const) {
    if (Number.isSafeInteger(count) && count >= 0 && count <= most) continue;
    throw new KernelError(
      "bad_parameter",
      `${name} is ${count}; give a number of documents from 0${name === "shared" ? ` to ${fewer}, the fewer of the two` : ""}.`,
    );
  }
  const all = baseline + current - shared;
  return {
    value: Math.abs(current - baseline) / Math.max(1, baseline, current),
    growth: (current - baseline) / Math.max(1, baseline),
    churn: (all - shared) / Math.max(1, all),
  };
}
