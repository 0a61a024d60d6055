import type {
  ChangeCounts,
  ClusterChange,
  ComparedCluster,
  DocumentMove,
  ExecutionChanges,
} from "#contract/changes.ts";
import {
  type ClusterEvent,
  compareRuns,
  type Flow,
  type Relation,
  type RunComparison,
} from "#kernels/index.ts";
import type { RunMetrics } from "../run-result.ts";
import { alignMaps } from "./align-maps.ts";
import { changeSentence } from "./change-sentence.ts";
import type { DocumentNames } from "./document-rows.ts";
import { assignment } from "./find-known.ts";
import { type Level, type LevelSide, levelsOf } from "./levels.ts";
import type { RunSide } from "./run-side.ts";

/** What is kept of each list: an answer has an end. The largest of each stay. */
const MOST = { clusters: 2_000, events: 1_000, moves: 200 } as const;

export interface ComparedRun {
  readonly runId: string;
  readonly metrics: RunMetrics | null;
}

export interface RunPair {
  readonly clusterId: string;
  readonly before: ComparedRun & { readonly side: RunSide };
  readonly after: ComparedRun & { readonly side: RunSide };
  /** The documents by whose positions both sides are labelled: all of the newer run. */
  readonly names: DocumentNames;
  /** Whether a number that the older run lacks was there still earlier. */
  readonly returned: (number: number) => boolean;
}

/** What is different between two runs of a cluster. Every part (feature) and every level of groups is compared by itself. */
export function compareSides({ clusterId, before, after, names, returned }: RunPair): ExecutionChanges {
  const levels = levelsOf(before.side, after.side);
  const found = levels.map((level) => ({ ...level, comparison: compareLevel(level, returned) }));
  const innermost = found.filter(({ isInnermost }) => isInnermost);
  const labels = { before: labelsOf(before.side), after: labelsOf(after.side) };
  const clusters = found.flatMap(({ feature, comparison }) => comparedClusters(comparison, feature, labels));
  const events = found.flatMap(({ feature, comparison }) =>
    comparison.events.map((event) => change(event, feature, labels)),
  );
  const moves = innermost
    .flatMap(({ feature, comparison }) => comparison.flows.map((flow) => move(flow, feature, names)))
    .sort((a, b) => b.documents - a.documents);
  const parts = innermost.map(({ feature, comparison, places }) => ({
    feature,
    adjusted_rand_index: comparison.adjustedRand,
    normalized_mutual_information: inUnit(comparison.normalizedMutualInformation),
    map: alignMaps(places.before, places.after),
  }));
  const whole = parts.length === 1 ? parts[0]! : null;
  const sum = (of: (comparison: RunComparison) => number) =>
    innermost.reduce((total, { comparison }) => total + of(comparison), 0);
  // A document stands once for each feature.
  const times = Math.max(1, innermost.length);
  const shared = innermost[0]?.comparison.shared ?? 0;
  const movedOf = sum(({ moved }) => moved);
  const known = {
    counts: countsOf(clusters, events),
    documents: {
      before: before.side.documents,
      after: after.side.documents,
      shared,
      added: after.side.documents - shared,
      removed: before.side.documents - shared,
      moved: movedOf,
      moved_share: shared === 0 ? null : movedOf / (shared * times),
    },
    events,
    adjusted_rand_index: whole?.adjusted_rand_index ?? null,
  };
  return {
    cluster_id: clusterId,
    run_id: after.runId,
    since_run_id: before.runId,
    sentence: changeSentence(known),
    ...known,
    normalized_mutual_information: whole?.normalized_mutual_information ?? null,
    noise_share: { before: noiseShare(before.side), after: noiseShare(after.side) },
    quality: { before: quality(before.metrics), after: quality(after.metrics) },
    events: largest(events, MOST.events),
    clusters: largest(clusters, MOST.clusters),
    moves: moves.slice(0, MOST.moves),
    map: whole?.map ?? null,
    features: parts.length > 1 ? parts.map((part) => ({ ...part, feature: part.feature! })) : [],
    notes: [
      ...leftOut("clusters", clusters.length, MOST.clusters),
      ...leftOut("events", events.length, MOST.events),
      ...leftOut("moves", moves.length, MOST.moves),
      ...(times > 1 ? ["moved counts a document once for each feature in which it changed cluster."] : []),
    ],
  };
}

function compareLevel({ before, after }: Level, returned: (number: number) => boolean): RunComparison {
  const named = ({ clusters, positions, labels }: LevelSide) => ({
    ...assignment(clusters, positions, labels),
    ids: positions.map((at) => clusters[at]!.number),
  });
  return compareRuns(named(before), named(after), { returned });
}

interface Labels {
  readonly before: ReadonlyMap<number, string | null>;
  readonly after: ReadonlyMap<number, string | null>;
}

function labelsOf({ clusters }: RunSide): Map<number, string | null> {
  return new Map(clusters.map(({ number, label }) => [number, label]));
}

function comparedClusters(
  comparison: RunComparison,
  feature: string | null,
  labels: Labels,
): ComparedCluster[] {
  return comparison.clusters.map((one) => ({
    ...figures(one, feature, labels),
    before: one.before !== null,
    after: one.after !== null,
    label_before: labels.before.get(one.id) ?? null,
    parents: one.parents.map(relation),
    children: one.children.map(relation),
  }));
}

function change(event: ClusterEvent, feature: string | null, labels: Labels): ClusterChange {
  return {
    type: event.type,
    ...figures(event, feature, labels),
    parents: event.parents.map(relation),
    children: event.children.map(relation),
  };
}

function figures(
  one: Pick<ClusterEvent, "id" | "sizeBefore" | "sizeAfter" | "overlap" | "jaccard" | "shift">,
  feature: string | null,
  labels: Labels,
) {
  return {
    cluster_id: clusterId(one.id),
    label: labels.after.get(one.id) ?? labels.before.get(one.id) ?? null,
    feature,
    size_before: one.sizeBefore,
    size_after: one.sizeAfter,
    overlap: one.overlap,
    jaccard: one.jaccard,
    shift: one.shift,
  };
}

function relation({ id, documents, shareBefore, shareAfter }: Relation) {
  return { cluster_id: clusterId(id), documents, share_before: shareBefore, share_after: shareAfter };
}

function move(
  { from, to, documents, examples }: Flow,
  feature: string | null,
  names: DocumentNames,
): DocumentMove {
  return {
    from: from === null ? null : clusterId(from),
    to: to === null ? null : clusterId(to),
    feature,
    documents,
    examples: examples.map((document) => ({
      document_id: names.documentIds.get(document),
      collection_id: names.collectionOf(document),
    })),
  };
}

function countsOf(clusters: readonly ComparedCluster[], events: readonly ClusterChange[]): ChangeCounts {
  const counts = {
    kept: 0,
    born: 0,
    returned: 0,
    split: 0,
    merged: 0,
    died: 0,
    grown: 0,
    shrunk: 0,
    moved: 0,
  };
  for (const { before, after } of clusters) if (before && after) counts.kept++;
  for (const { type } of events) counts[type]++;
  return counts;
}

function noiseShare({ noise, documents, parts }: RunSide): number {
  return documents === 0 ? 0 : noise / (documents * Math.max(1, parts.length));
}

function quality(metrics: RunMetrics | null) {
  return {
    silhouette_score: metrics?.silhouette_score ?? null,
    davies_bouldin_index: metrics?.davies_bouldin_index ?? null,
    calinski_harabasz_score: metrics?.calinski_harabasz_score ?? null,
  };
}

/** The `most` largest, in the order in which they were. */
function largest<T extends { readonly size_before: number; readonly size_after: number }>(
  all: readonly T[],
  most: number,
): T[] {
  if (all.length <= most) return [...all];
  const size = (one: T) => Math.max(one.size_before, one.size_after);
  const kept = new Set([...all].sort((a, b) => size(b) - size(a)).slice(0, most));
  return all.filter((one) => kept.has(one));
}

function leftOut(what: string, total: number, most: number): string[] {
  return total > most ? [`Of ${total} ${what} the ${most} largest are listed.`] : [];
}

/** Rounding may leave it a digit above 1. */
function inUnit(value: number | null): number | null {
  return value === null ? null : Math.min(1, value);
}

function clusterId(number: number): string {
  return `cl_${number}`;
}
