import { kmeans, type Matrix, normalizeRows } from "#kernels/index.ts";
import { Random } from "../../kernels/src/random.ts";
import type { BenchRow } from "../result.ts";
import { percentile, row } from "../result.ts";
import { type Case, type GridCase, type MonthCase, nameOf } from "./cases.ts";
import { drawSamples, sampleOf } from "./draw-samples.ts";
import { type Embeddings } from "./embeddings.ts";
import { isFiring, type Measured, METRICS, SIGNIFICANT } from "./metrics.ts";

export function measureCase(one: Case, embeddings: Embeddings): Promise<BenchRow> {
  return one.kind === "grid" ? measureGrid(one, embeddings) : measureMonth(one, embeddings);
}

async function measureGrid(one: GridCase, embeddings: Embeddings): Promise<BenchRow> {
  const { source, size, scenario, share, trials } = one;
  const metric = METRICS.find(({ name }) => name === one.metric)!;
  const needsCentroids = /cluster|quality/.test(metric.name);
  const found: Measured[] = [];
  const times: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const [a, b] = drawSamples(embeddings, { size, scenario, share, trial });
    const none: Matrix = { data: new Float32Array(0), rows: 0, cols: 0 };
    const { centers } = needsCentroids
      ? await kmeans(normalizeRows(a.vectors), { nClusters: embeddings.clusters, seed: trial, threads: 1 })
      : { centers: none };
    const started = performance.now();
    found.push(await metric.measure(a, b, centers, trial));
    times.push(performance.now() - started);
  }
  const values = found.map(({ value }) => value ?? 0);
  const fired = found.filter((measured) => isFiring(measured, metric.threshold)).length;
  return row(nameOf(one), "share of checks that fire", fired / trials, null, {
    metric: metric.name, source, size, scenario, share, trials, fired, threshold: metric.threshold,
    fired_as_guessed: found.filter((measured) => isFiring(measured, metric.guessed)).length, guessed: metric.guessed,
    significant: found.filter(({ pValue }) => typeof pValue === "number" && pValue < SIGNIFICANT).length,
    below_0_05: found.filter(({ pValue }) => typeof pValue === "number" && pValue < 0.05).length,
    at_threshold: values.filter((value) => value >= metric.threshold).length,
    value_p5: rounded(percentile(values, 5)), value_p50: rounded(percentile(values, 50)),
    value_p95: rounded(percentile(values, 95)), value_max: rounded(Math.max(...values)),
    ms: Math.round(percentile(times, 50)),
  }); // prettier-ignore
}

/**
 * A new sample each hour against one baseline, so the checks of one trigger are not independent of each other: a baseline
 * that lies badly stays. What fires runs the cluster, and that run leaves another baseline.
 */
async function measureMonth(one: MonthCase, { x }: Embeddings): Promise<BenchRow> {
  const { source, size, check, trigger, checks } = one;
  const { threshold, measure } = METRICS[0]!;
  const random = Random.seeded(1000 + trigger, 3);
  const all = Int32Array.from({ length: x.rows }, (_, document) => document);
  const draw = (from: Int32Array) => random.distinct(size, from.length).map((at) => from[at]!);
  const redraw = () => {
    const baseline = draw(all);
    const known = new Set(baseline);
    return { baseline, pool: check === "sampled" ? all : all.filter((document) => !known.has(document)) };
  };
  let { baseline, pool } = redraw();
  let firings = 0;
  let significant = 0;
  for (let hour = 0; hour < checks; hour++) {
    const found = await measure(sampleOf(x, [...baseline]), sampleOf(x, [...draw(pool)]), x, hour);
    if (found.pValue! < SIGNIFICANT) significant++;
    if (!isFiring(found, threshold)) continue;
    firings++;
    ({ baseline, pool } = redraw());
  }
  return row(nameOf(one), "false firings", firings, null, {
    ...{ metric: "embedding_drift", source, size, check, checks, significant, threshold },
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
