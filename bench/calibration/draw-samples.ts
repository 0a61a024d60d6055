import type { DriftSample } from "#kernels/index.ts";
import { Random } from "../../kernels/src/random.ts";
import { takeRows } from "../../kernels/src/take-rows.ts";
import type { Embeddings } from "./embeddings.ts";

/**
 * "independent": no document is in both samples. "turnover": current is the baseline with some of its documents replaced,
 * a tenth of them if nothing is to change.
 */
export type Scenario = "independent" | "turnover";

const TURNOVER = 0.1;

/** A baseline without one class, and a current sample of which `share` is of that class; both of `size` documents. */
export function drawSamples(
  { x, classes }: Embeddings,
  { size, scenario, share, trial }: { size: number; scenario: Scenario; share: number; trial: number },
): [baseline: DriftSample, current: DriftSample] {
  const order = Random.seeded(trial, 1).distinct(x.rows, x.rows);
  const count = Math.round(size * share);
  const unseen = unseenClasses(classes, trial, count);
  const known = order.filter((row) => !unseen.has(classes[row]!));
  const added = order.filter((row) => unseen.has(classes[row]!)).subarray(0, count);
  const others = known.subarray(size);
  const current =
    scenario === "independent"
      ? [...others.subarray(0, size - count), ...added]
      : [
          ...known.subarray(0, size - Math.max(count, Math.round(TURNOVER * size))),
          ...(count === 0 ? others.subarray(0, Math.round(TURNOVER * size)) : added),
        ];
  const missing = size - current.length;
  // A share below the turnover: the rest of what is replaced is replaced by documents of the same kind.
  const filled = [...current, ...others.subarray(others.length - missing)];
  return [sampleOf(x, [...known.subarray(0, size)]), sampleOf(x, filled)];
}

export function sampleOf(x: Embeddings["x"], rows: readonly number[]): DriftSample {
  return { vectors: takeRows(x, rows), documents: Int32Array.from(rows) };
}

/** Each class in turn, and the next as well if one has too few documents. */
function unseenClasses(classes: Int32Array, trial: number, count: number): Set<number> {
  const sizes = new Map<number, number>();
  for (const of of classes) sizes.set(of, (sizes.get(of) ?? 0) + 1);
  const unseen = new Set<number>();
  let documents = 0;
  for (let next = trial; documents < count || unseen.size === 0; next++) {
    const one = next % sizes.size;
    unseen.add(one);
    documents += sizes.get(one)!;
  }
  return unseen;
}
