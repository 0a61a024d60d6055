import type { Contingency } from "../quality/contingency.ts";
import { ABSENT } from "./run-assignment.ts";

/** Documents that two labellings have in common, by both labels, where there are any. Noise is -1 on either side. */
export type OverlapTable = {
  /** Documents that both have, noise included. */
  readonly shared: number;
  /** Those of each cluster. [clusters before], [clusters after] */
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly noiseBefore: number;
  readonly noiseAfter: number;
  /** One entry a pair of labels, by the label after, then before: both labels, and the documents that have both. */
  readonly cells: {
    readonly before: Int32Array;
    readonly after: Int32Array;
    readonly documents: Int32Array;
  };
};

/**
 * Counts in time and memory that grow with documents and clusters, not with pairs of clusters: documents are put into the
 * order of their label after, then each stretch is counted by the label before.
 *
 * @param before label of each document, -1 noise, -2 absent. [documents]
 * @param after the same documents' labels in the other run. [documents]
 */
export function overlapTable(
  before: Int32Array,
  after: Int32Array,
  clusters: { readonly before: number; readonly after: number },
): OverlapTable {
  // Position 0 is noise, so a label's is one more.
  const starts = new Int32Array(clusters.after + 2);
  const sharedBefore = new Int32Array(clusters.before + 1);
  for (let i = 0; i < after.length; i++) {
    if (after[i] === ABSENT || before[i] === ABSENT) continue;
    starts[after[i]! + 2]!++;
    sharedBefore[before[i]! + 1]!++;
  }
  for (let at = 1; at < starts.length; at++) starts[at]! += starts[at - 1]!;
  const shared = starts[clusters.after + 1]!;
  const inOrder = new Int32Array(shared);
  const next = starts.slice();
  for (let i = 0; i < after.length; i++) {
    if (after[i] === ABSENT || before[i] === ABSENT) continue;
    inOrder[next[after[i]! + 1]!++] = before[i]!;
  }
  const counts = new Int32Array(clusters.before + 1);
  const cells: [before: number, after: number, documents: number][] = [];
  for (let label = -1; label < clusters.after; label++) {
    const stretch = inOrder.subarray(starts[label + 1], starts[label + 2]);
    const touched: number[] = [];
    for (const other of stretch) if (counts[other + 1]!++ === 0) touched.push(other);
    for (const other of touched.sort((a, b) => a - b)) {
      cells.push([other, label, counts[other + 1]!]);
      counts[other + 1] = 0;
    }
  }
  const sharedAfter = Int32Array.from(
    { length: clusters.after + 1 },
    (_, at) => starts[at + 1]! - starts[at]!,
  );
  return {
    shared,
    before: sharedBefore.subarray(1),
    after: sharedAfter.subarray(1),
    noiseBefore: sharedBefore[0]!,
    noiseAfter: sharedAfter[0]!,
    cells: {
      before: Int32Array.from(cells, ([one]) => one),
      after: Int32Array.from(cells, ([, one]) => one),
      documents: Int32Array.from(cells, ([, , one]) => one),
    },
  };
}

/** The table as the measures of agreement take it: noise is a label like any other, labels without a shared document are none. */
export function asContingency({ shared, cells }: OverlapTable): Contingency {
  const before = positions(cells.before);
  const after = positions(cells.after);
  const a = new Array<number>(before.size).fill(0);
  const b = new Array<number>(after.size).fill(0);
  const entries = Array.from(cells.documents, (documents, at) => {
    const row = before.get(cells.before[at]!)!;
    const column = after.get(cells.after[at]!)!;
    a[row]! += documents;
    b[column]! += documents;
    return [row, column, documents] as const;
  });
  return { rows: shared, a, b, cells: entries };
}

function positions(labels: Int32Array): Map<number, number> {
  const found = new Map<number, number>();
  for (const label of labels) if (!found.has(label)) found.set(label, found.size);
  return found;
}
