import { adjustedRandOf } from "../quality/adjusted-rand-index.ts";
import { normalizedMutualInformationOf } from "../quality/mutual-information.ts";
import { bothPlaced } from "./candidates.ts";
import { type ClusterEvent, eventsOf } from "./events.ts";
import { type Flow, flowsOf } from "./flows.ts";
import { centroidDistance } from "./nearest-centroids.ts";
import { type IdentityOptions, identityOptions } from "./options.ts";
import { asContingency, type OverlapTable, overlapTable } from "./overlap-table.ts";
import { ABSENT, checkNamed, type NamedAssignment } from "./run-assignment.ts";

/** Documents that a cluster before and one after have in common. */
export type Relation = {
  /** Id of the other one. */
  readonly id: number;
  readonly documents: number;
  /** Of the cluster before, from 0 to 1; of its documents that both runs have. */
  readonly shareBefore: number;
  /** Of the cluster after. */
  readonly shareAfter: number;
};

/** What became of the cluster of one id. */
export type ClusterComparison = {
  readonly id: number;
  /** Its position in each of the runs; null where it is not. */
  readonly before: number | null;
  readonly after: number | null;
  /** All its members, 0 where it is not. */
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  /** Of the documents that both runs have. */
  readonly overlap: number;
  readonly jaccard: number;
  /** Distance of its centroids in units of the spread before; null where one has none, or the spread is 0. */
  readonly shift: number | null;
  /** Where its documents were before, and where its former documents are: relations of a twentieth of either side or more. */
  readonly parents: readonly Relation[];
  readonly children: readonly Relation[];
};

export type RunComparison = {
  /** Documents that both have, that only the newer has, that only the older had. */
  readonly shared: number;
  readonly added: number;
  readonly removed: number;
  /** Shared documents whose cluster has another id, noise being one. */
  readonly moved: number;
  /** Over the shared documents, noise being a group like any other; null if there is none. */
  readonly adjustedRand: number | null;
  readonly normalizedMutualInformation: number | null;
  /** By id. */
  readonly clusters: readonly ClusterComparison[];
  /** By id within a kind, the kinds in the order of `ClusterEventType`. */
  readonly events: readonly ClusterEvent[];
  /** Where documents moved, most first. */
  readonly flows: readonly Flow[];
};

/** Relations below this share of both sides are not told: of a thousand clusters nearly every pair shares some document. */
const TOLD_SHARE = 0.05;

/**
 * What is different between two runs whose clusters have ids. Documents have the same positions in both; those that one of
 * them did not have are labelled -2 there. Time and memory grow with documents plus clusters (and their centroids).
 *
 * @param options.returned whether an id that the older run lacks was there still earlier. Default: none was
 * @param options.examples documents told of each flow, lowest positions first. Default 5
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `not_finite`
 */
export function compareRuns(
  before: NamedAssignment,
  after: NamedAssignment,
  options: IdentityOptions & {
    readonly returned?: (id: number) => boolean;
    readonly examples?: number;
  } = {},
): RunComparison {
  const { returned = () => false, examples = 5, ...thresholds } = options;
  const full = identityOptions(thresholds);
  checkNamed(before, "before", after.labels.length);
  checkNamed(after, "after", before.labels.length);
  const table = overlapTable(before.labels, after.labels, {
    before: before.sizes.length,
    after: after.sizes.length,
  });
  const contingency = asContingency(table);
  const clusters = comparisons(before, after, table);
  const flows = flowsOf(before, after, table, examples);
  return {
    shared: table.shared,
    added: countOnly(before.labels, after.labels),
    removed: countOnly(after.labels, before.labels),
    moved: flows.reduce((sum, { documents }) => sum + documents, 0),
    adjustedRand: table.shared === 0 ? null : adjustedRandOf(contingency),
    normalizedMutualInformation: table.shared === 0 ? null : normalizedMutualInformationOf(contingency),
    clusters,
    events: eventsOf({ before, after, table, clusters }, returned, full),
    flows,
  };
}

/** Documents that are absent in the first and not in the second. */
function countOnly(absent: Int32Array, there: Int32Array): number {
  let count = 0;
  for (let i = 0; i < absent.length; i++) if (absent[i] === ABSENT && there[i] !== ABSENT) count++;
  return count;
}

function comparisons(
  before: NamedAssignment,
  after: NamedAssignment,
  table: OverlapTable,
): ClusterComparison[] {
  const at = { before: positionsOf(before), after: positionsOf(after) };
  const parents = Array.from({ length: after.sizes.length }, (): Relation[] => []);
  const children = Array.from({ length: before.sizes.length }, (): Relation[] => []);
  const common = new Map<number, number>();
  const { cells } = table;
  for (let cell = 0; cell < cells.documents.length; cell++) {
    const [from, to, documents] = [cells.before[cell]!, cells.after[cell]!, cells.documents[cell]!];
    if (from < 0 || to < 0) continue;
    const shareBefore = documents / table.before[from]!;
    const shareAfter = documents / table.after[to]!;
    if (before.ids[from] === after.ids[to]) common.set(after.ids[to]!, documents);
    if (Math.max(shareBefore, shareAfter) < TOLD_SHARE) continue;
    parents[to]!.push({ id: before.ids[from]!, documents, shareBefore, shareAfter });
    children[from]!.push({ id: after.ids[to]!, documents, shareBefore, shareAfter });
  }
  const mostFirst = (a: Relation, b: Relation): number => b.documents - a.documents || a.id - b.id;
  const ids = [...new Set([...at.before.keys(), ...at.after.keys()])].sort((a, b) => a - b);
  return ids.map((id): ClusterComparison => {
    const from = at.before.get(id) ?? null;
    const to = at.after.get(id) ?? null;
    const overlap = common.get(id) ?? 0;
    const either = (from === null ? 0 : table.before[from]!) + (to === null ? 0 : table.after[to]!) - overlap;
    return {
      id,
      before: from,
      after: to,
      sizeBefore: from === null ? 0 : before.sizes[from]!,
      sizeAfter: to === null ? 0 : after.sizes[to]!,
      overlap,
      jaccard: either === 0 ? 0 : overlap / either,
      shift: from === null || to === null ? null : shiftOf(before, from, after, to),
      parents: to === null ? [] : parents[to]!.sort(mostFirst),
      children: from === null ? [] : children[from]!.sort(mostFirst),
    };
  });
}

function positionsOf({ ids }: NamedAssignment): Map<number, number> {
  return new Map(Array.from(ids, (id, at) => [id, at]));
}

function shiftOf(before: NamedAssignment, from: number, after: NamedAssignment, to: number): number | null {
  const spread = before.spreads?.[from] ?? 0;
  if (!bothPlaced(before, after) || !(spread > 0)) return null;
  return centroidDistance(before.centroids!, from, after.centroids!, to) / spread;
}
