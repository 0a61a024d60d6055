import { KernelError } from "../kernel-error.ts";
import { checkMetric, type Metric } from "../metric.ts";

/** What everything that looks at all pairs of rows can be told. */
export type PairOptions = {
  /** Default "euclidean". "cosine" is 1 - cos, from 0 to 2. */
  readonly metric?: Metric;
  /** Threads of the products, at most 32; no influence on the result. Default: all cores. */
  readonly threads?: number;
  /** Rows of a block of products, rounded to a multiple of 256; no influence on the result. Default 1,024. */
  readonly blockRows?: number;
  /** Looked at between blocks; rejects with `canceled`. */
  readonly signal?: AbortSignal;
  /** Called between blocks with a fraction that grows from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
};

/** @throws KernelError `bad_parameter` */
export function checkPairOptions(options: PairOptions): Metric {
  const { metric = "euclidean", blockRows } = options;
  checkMetric(metric);
  if (blockRows !== undefined) checkWhole("blockRows", blockRows, 1);
  return metric;
}

/** @throws KernelError `bad_parameter` unless `value` is a whole number from `least` */
export function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new KernelError("bad_parameter", `${name} is ${value}; give a whole number from ${least}.`);
  }
}

export function paddedTo(rows: number, side: number): number {
  return side * Math.ceil(rows / side);
}
