import type { OverlapTable } from "./overlap-table.ts";
import { ABSENT, type NamedAssignment } from "./run-assignment.ts";

/** Documents that went from one id to another; null is noise. */
export type Flow = {
  readonly from: number | null;
  readonly to: number | null;
  readonly documents: number;
  /** Positions of a few of them. */
  readonly examples: readonly number[];
};

/** Every pair of different ids that documents went between, most documents first, with a few of the documents. */
export function flowsOf(
  before: NamedAssignment,
  after: NamedAssignment,
  { cells }: OverlapTable,
  examples: number,
): Flow[] {
  const idOf = (run: NamedAssignment, label: number): number | null => (label < 0 ? null : run.ids[label]!);
  const wide = before.sizes.length + 1;
  const examplesOf = new Map<number, number[]>();
  const flows: Flow[] = [];
  for (let cell = 0; cell < cells.documents.length; cell++) {
    const from = idOf(before, cells.before[cell]!);
    const to = idOf(after, cells.after[cell]!);
    if (from === to) continue;
    const found: number[] = [];
    examplesOf.set((cells.after[cell]! + 1) * wide + cells.before[cell]! + 1, found);
    flows.push({ from, to, documents: cells.documents[cell]!, examples: found });
  }
  if (flows.length > 0 && examples > 0) {
    for (let i = 0; i < after.labels.length; i++) {
      const [from, to] = [before.labels[i]!, after.labels[i]!];
      if (from === ABSENT || to === ABSENT) continue;
      const found = examplesOf.get((to + 1) * wide + from + 1);
      if (found && found.length < examples) found.push(i);
    }
  }
  const order = (id: number | null): number => id ?? -1;
  return flows.sort(
    (a, b) => b.documents - a.documents || order(a.from) - order(b.from) || order(a.to) - order(b.to),
  );
}
