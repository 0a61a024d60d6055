import type { ClusterComparison, Relation } from "./compare-runs.ts";
import type { FullIdentityOptions } from "./options.ts";
import type { OverlapTable } from "./overlap-table.ts";
import type { NamedAssignment } from "./run-assignment.ts";

/**
 * - `born`: an id that was not there; `returned`: one that was, before the older run.
 * - `split`: one cluster before is several after, each made of it by more than half.
 * - `merged`: several before are one after; each that vanished has given it more than half of itself.
 * - `died`: an id that is not there any more.
 * - `grown`, `shrunk`: another size; `moved`: another centroid, for a cluster that keeps its id.
 */
export type ClusterEventType =
  "born" | "returned" | "split" | "merged" | "died" | "grown" | "shrunk" | "moved";

export const CLUSTER_EVENT_TYPES: readonly ClusterEventType[] = [
  "born",
  "returned",
  "split",
  "merged",
  "died",
  "grown",
  "shrunk",
  "moved",
];

/** One thing that happened, with the figures that say so. */
export type ClusterEvent = {
  readonly type: ClusterEventType;
  /** The cluster it happened to: of a split the one before, of a merge the one after. */
  readonly id: number;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  readonly overlap: number;
  readonly jaccard: number;
  readonly shift: number | null;
  /** merged: the clusters that are one now. Otherwise where the documents of a born or returned one were, if anywhere. */
  readonly parents: readonly Relation[];
  /** split: the parts. Otherwise where the documents of one that died are, if anywhere. */
  readonly children: readonly Relation[];
};

export type Compared = {
  readonly before: NamedAssignment;
  readonly after: NamedAssignment;
  readonly table: OverlapTable;
  readonly clusters: readonly ClusterComparison[];
};

/**
 * One event for one thing: every new id is born, returned, part of a split or what others merged into; every id that is
 * gone died, was split or merged. A cluster that was split or merged has not also grown, shrunk or moved.
 */
export function eventsOf(
  compared: Compared,
  returned: (id: number) => boolean,
  options: FullIdentityOptions,
): ClusterEvent[] {
  const { clusters } = compared;
  const partsOf = new Map(clusters.map((one) => [one.id, splitParts(one, compared, options)]));
  const sourcesOf = new Map(clusters.map((one) => [one.id, mergeSources(one, compared, options)]));
  const told = new Set<number>();
  const events: ClusterEvent[] = [];
  for (const one of clusters) {
    const parts = partsOf.get(one.id)!;
    const sources = sourcesOf.get(one.id)!;
    if (parts.length > 1) {
      events.push(eventOf("split", one, { children: parts }));
      for (const { id } of [one, ...parts]) told.add(id);
    }
    if (sources.length > 1) {
      events.push(eventOf("merged", one, { parents: sources }));
      for (const { id } of [one, ...sources]) told.add(id);
    }
  }
  for (const one of clusters) {
    if (told.has(one.id)) continue;
    if (one.before === null) {
      events.push(eventOf(returned(one.id) ? "returned" : "born", one, { parents: one.parents }));
    } else if (one.after === null) events.push(eventOf("died", one, { children: one.children }));
    else events.push(...changesOf(one, options));
  }
  const rank = (event: ClusterEvent): number => CLUSTER_EVENT_TYPES.indexOf(event.type);
  return events.sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

/** The clusters that one is now: those with ids it gave rise to, and itself if it goes on. */
function splitParts(
  one: ClusterComparison,
  { after, table, clusters }: Compared,
  { splitShare, fewShared }: FullIdentityOptions,
): Relation[] {
  if (one.before === null || one.children.length < 2) return [];
  const byId = new Map<number, ClusterComparison>();
  for (const { id } of one.children) byId.set(id, find(clusters, id));
  return one.children.filter(({ id, shareBefore, shareAfter }) => {
    if (shareBefore < splitShare) return false;
    if (id === one.id) return true;
    const child = byId.get(id)!;
    // One that has been there goes on as itself and has only taken documents over.
    if (child.before !== null) return false;
    // Of one that is made of documents nobody had before, the few others say nothing.
    return shareAfter > 0.5 && table.after[child.after!]! >= fewShared * after.sizes[child.after!]!;
  });
}

/** The clusters that one is made of: itself if it was there, and those that vanished into it. */
function mergeSources(
  one: ClusterComparison,
  { before, table, clusters }: Compared,
  { mergeShare, fewShared }: FullIdentityOptions,
): Relation[] {
  if (one.after === null || one.parents.length < (one.before === null ? 2 : 1)) return [];
  const sources = one.parents.filter(({ id, shareBefore }) => {
    if (id === one.id) return true;
    const parent = find(clusters, id);
    if (parent.after !== null || shareBefore <= mergeShare) return false;
    return table.before[parent.before!]! >= fewShared * before.sizes[parent.before!]!;
  });
  return sources;
}

/** `clusters` is ordered by id. */
function find(clusters: readonly ClusterComparison[], id: number): ClusterComparison {
  let low = 0;
  let high = clusters.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (clusters[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return clusters[low]!;
}

function changesOf(one: ClusterComparison, { growth, shift }: FullIdentityOptions): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  const { sizeBefore, sizeAfter } = one;
  const change = Math.abs(sizeAfter - sizeBefore);
  if (change >= growth * sizeBefore && change >= 2 * Math.sqrt(sizeBefore) && change > 0) {
    events.push(eventOf(sizeAfter > sizeBefore ? "grown" : "shrunk", one));
  }
  const byChance = Math.sqrt(1 / sizeBefore + 1 / sizeAfter);
  if (one.shift !== null && one.shift >= shift && one.shift >= 2 * byChance) {
    events.push(eventOf("moved", one));
  }
  return events;
}

function eventOf(
  type: ClusterEventType,
  { id, sizeBefore, sizeAfter, overlap, jaccard, shift }: ClusterComparison,
  related: { readonly parents?: readonly Relation[]; readonly children?: readonly Relation[] } = {},
): ClusterEvent {
  return { type, id, sizeBefore, sizeAfter, overlap, jaccard, shift, parents: [], children: [], ...related };
}
