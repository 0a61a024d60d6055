import type { Matrix } from "#kernels/index.ts";
import type { RunMetrics } from "../run-result.ts";
import type { Grouping } from "./grouping.ts";

/** What was found by one feature alone; the feature is null if it was by all that the run reads. */
export interface FeatureGrouping {
  readonly feature: string | null;
  readonly grouping: Grouping;
}

/**
 * The groupings of the same documents by different features as one, feature after feature: row `i` of the second is row
 * `documents + i`. One alone stays what it is.
 */
export function joinGroupings(groupings: readonly FeatureGrouping[]): Grouping {
  const all = groupings.map(({ grouping }) => grouping);
  if (all.length === 1) return all[0]!;
  const firsts = startsOf(all);
  return {
    labels: joinedLabels(all, firsts),
    distances: joined(all.map(({ distances }) => distances)),
    coordinates: joinedMaps(all.map(({ coordinates }) => coordinates)),
    clusters: all.flatMap(({ clusters }, at) =>
      clusters.map((cluster) => ({
        ...cluster,
        parent: cluster.parent === null ? null : cluster.parent + firsts[at]!,
      })),
    ),
    metrics: joinedMetrics(groupings),
  };
}

/** Index of the first cluster of each. */
function startsOf(groupings: readonly Grouping[]): number[] {
  let next = 0;
  return groupings.map(({ clusters }) => {
    const first = next;
    next += clusters.length;
    return first;
  });
}

function joinedLabels(groupings: readonly Grouping[], firsts: readonly number[]): Int32Array {
  const whole = new Int32Array(groupings.reduce((sum, { labels }) => sum + labels.length, 0));
  let to = 0;
  for (const [at, { labels }] of groupings.entries()) {
    for (const label of labels) whole[to++] = label < 0 ? -1 : label + firsts[at]!;
  }
  return whole;
}

function joined(parts: readonly (Float32Array | null)[]): Float32Array | null {
  const there = parts.filter((part) => part !== null);
  if (there.length < parts.length) return null;
  const whole = new Float32Array(there.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of there) {
    whole.set(part, from);
    from += part.length;
  }
  return whole;
}

function joinedMaps(maps: readonly (Matrix | null)[]): Matrix | null {
  const data = joined(maps.map((map) => map && map.data));
  const first = maps[0];
  return data && first ? { data, rows: data.length / first.cols, cols: first.cols } : null;
}

/** Figures of separation are about one space, so each feature has its own and the whole has none. */
function joinedMetrics(groupings: readonly FeatureGrouping[]): RunMetrics {
  const { seed } = groupings[0]!.grouping.metrics;
  return {
    silhouette_score: null,
    davies_bouldin_index: null,
    calinski_harabasz_score: null,
    approximate: groupings.some(({ grouping }) => grouping.metrics.approximate),
    notes: [
      "Each feature was clustered by itself; its figures are in features.",
      ...groupings.flatMap(({ feature, grouping }) =>
        grouping.metrics.notes.map((note) => `${feature}: ${note}`),
      ),
    ],
    ...(seed === undefined ? {} : { seed }),
    features: groupings.map(({ feature, grouping: { clusters, metrics } }) => {
      const { notes: _notes, approximate: _approximate, seed: _seed, ...figures } = metrics;
      return { feature: feature!, num_clusters: clusters.length, ...figures };
    }),
  };
}
