import { percentile, row, type BenchRow } from "./result.ts";

const EDGES_MS = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** A row about many latencies: their 99th percentile beside the baseline's, the other percentiles, and how many lie where. */
export function distribution(
  name: string,
  values: readonly number[],
  baseline: readonly number[] | null,
): BenchRow {
  const at = (share: number) => Number(percentile(values, share).toPrecision(4));
  return row(name, "ms", at(99), baseline && percentile(baseline, 99), {
    p50: at(50),
    p90: at(90),
    p99: at(99),
    max: at(100),
    histogram: histogram(values),
  });
}

/** `<2: 5, <5: 190, ≥5000: 1`, milliseconds; buckets that hold none are left out. */
function histogram(values: readonly number[]): string {
  const buckets = [...EDGES_MS, Infinity].map((edge, index, edges) => {
    const from = edges[index - 1] ?? -Infinity;
    const count = values.filter((value) => value >= from && value < edge).length;
    return { count, label: edge === Infinity ? `≥${from}` : `<${edge}` };
  });
  return buckets
    .filter(({ count }) => count > 0)
    .map(({ count, label }) => `${label}: ${count}`)
    .join(", ");
}
