import { cpus } from "node:os";

import { percentile } from "../server/src/platform/percentile.ts";

/** One measured case. `ratio` is ours / baseline: below 1 is faster (or smaller) than the baseline. */
export interface BenchRow {
  readonly case: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number | null;
  readonly ratio: number | null;
  /** A physical or theoretical bound on `ours`, where one is known. */
  readonly floor?: number;
  /** What the figures next to it mean: spread, percentiles, quality. */
  readonly [extra: string]: string | number | null | undefined;
}

export function row(
  name: string,
  unit: string,
  ours: number,
  baseline: number | null,
  extra: Record<string, string | number> = {},
): BenchRow {
  return {
    case: name,
    unit,
    ours: round(ours),
    baseline: baseline === null ? null : round(baseline),
    ratio: baseline === null ? null : round(ours / baseline),
    ...extra,
  };
}

export function machine() {
  return { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export { percentile };

/** Runs the two in turn, A B A B …, after one uncounted pair: what slows the machine slows both. Milliseconds. */
export async function pairs(
  times: number,
  ours: () => Promise<unknown>,
  baseline: () => Promise<unknown>,
): Promise<{ ours: number; baseline: number }> {
  const a: number[] = [];
  const b: number[] = [];
  for (let index = 0; index <= times; index++) {
    const first = await timed(ours);
    const second = await timed(baseline);
    if (index > 0) {
      a.push(first);
      b.push(second);
    }
  }
  return { ours: median(a), baseline: median(b) };
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
