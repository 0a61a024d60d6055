import type { FullIdentityOptions } from "./options.ts";
import type { OverlapTable } from "./overlap-table.ts";
import type { NamedAssignment, RunAssignment } from "./run-assignment.ts";

/** A cluster of this run and an id that its members say it may have. */
export type Candidate = {
  readonly cluster: number;
  readonly id: number;
  /** Of how many runs before: 0 is the newest. */
  readonly run: number;
  /** Documents that both have. */
  readonly documents: number;
  readonly jaccard: number;
  /** Jaccard, less for older runs. */
  readonly score: number;
  /** Whether the newest run alone decides. */
  readonly clear: boolean;
};

/** All pairs of a cluster of `current` and one of `past` whose shared members are enough to be the same. */
export function candidatesOf(
  current: RunAssignment,
  past: NamedAssignment,
  table: OverlapTable,
  run: number,
  options: FullIdentityOptions,
): Candidate[] {
  const { keepShare, keepJaccard, clearJaccard, decay, splitShare } = options;
  const { cells } = table;
  const broken = brokenClusters(table, splitShare);
  const found: Candidate[] = [];
  for (let at = 0; at < cells.documents.length; at++) {
    const [before, cluster, documents] = [cells.before[at]!, cells.after[at]!, cells.documents[at]!];
    if (before < 0 || cluster < 0) continue;
    const ofBefore = table.before[before]!;
    const ofAfter = table.after[cluster]!;
    const jaccard = documents / (ofBefore + ofAfter - documents);
    const share = documents / Math.min(ofBefore, ofAfter);
    if (share <= keepShare || jaccard < keepJaccard) continue;
    if (shareFew(current, past, table, { cluster, before }, options) && bothPlaced(current, past)) continue;
    found.push({
      ...{ cluster, id: past.ids[before]!, run, documents, jaccard },
      score: jaccard * decay ** run,
      clear: run === 0 && jaccard > clearJaccard && broken[before] === 0,
    });
  }
  return found;
}

/** Of how few of their members the other run knows anything. */
export function shareFew(
  current: RunAssignment,
  past: RunAssignment,
  table: OverlapTable,
  { cluster, before }: { readonly cluster: number; readonly before: number },
  { fewShared }: FullIdentityOptions,
): boolean {
  return (
    table.after[cluster]! < fewShared * current.sizes[cluster]! &&
    table.before[before]! < fewShared * past.sizes[before]!
  );
}

export function bothPlaced(a: RunAssignment, b: RunAssignment): boolean {
  return a.centroids != null && b.centroids != null && a.centroids.cols === b.centroids.cols;
}

/** 1 for clusters before of which two clusters after have a part each: which of them goes on is for older runs to say, too. */
function brokenClusters({ before, cells }: OverlapTable, splitShare: number): Uint8Array {
  const parts = new Int32Array(before.length);
  for (let at = 0; at < cells.documents.length; at++) {
    const [from, to] = [cells.before[at]!, cells.after[at]!];
    if (from >= 0 && to >= 0 && cells.documents[at]! >= splitShare * before[from]!) parts[from]!++;
  }
  return Uint8Array.from(parts, (count) => (count > 1 ? 1 : 0));
}

/**
 * The best first: by score, by documents, the lower (older) id, the cluster with the older document. So every tie is
 * decided, and by nothing that depends on how clusters are numbered in this run.
 *
 * @param oldest the least key of each cluster's documents
 */
export function bestFirst(oldest: Float64Array): (a: Candidate, b: Candidate) => number {
  return (a, b) =>
    b.score - a.score ||
    b.documents - a.documents ||
    a.id - b.id ||
    oldest[a.cluster]! - oldest[b.cluster]! ||
    a.run - b.run;
}
