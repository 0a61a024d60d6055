import { KernelError, type Matrix, normalizeRowsInPlace } from "#kernels/index.ts";
import { RunRefused } from "../run-result.ts";

/** Divides rows by their length where they lie, if that is wanted; `documentOf` says whose vector a row is. */
export type Normalize = (x: Matrix, documentOf: (row: number) => number) => void;

/** Throws RunRefused `zero_vector`, naming the document, for one that has no direction where one is needed. */
export function normalizer({
  normalize,
  byCosine,
  nameOf,
}: {
  readonly normalize: boolean;
  /** Whether a step compares directions, so that every vector has to have one. */
  readonly byCosine: boolean;
  readonly nameOf: (document: number) => string;
}): Normalize {
  const refuse = (document: number) => {
    const way = normalize ? "turn normalize_features off" : "take the metric 'euclidean'";
    return new RunRefused(
      "zero_vector",
      `The vector of ${nameOf(document)} is all zeros and has no direction. Give it another vector, delete it, or ${way}.`,
    );
  };
  return (x, documentOf) => {
    if (normalize) {
      try {
        normalizeRowsInPlace(x);
      } catch (error) {
        if (!(error instanceof KernelError) || error.code !== "zero_vector") throw error;
        throw refuse(documentOf(firstZeroRow(x)));
      }
    } else if (byCosine) {
      const zero = firstZeroRow(x);
      if (zero >= 0) throw refuse(documentOf(zero));
    }
  };
}

/** -1 if there is none. */
function firstZeroRow({ data, rows, cols }: Matrix): number {
  for (let row = 0; row < rows; row++) {
    if (data.subarray(row * cols, (row + 1) * cols).every((value) => value === 0)) return row;
  }
  return -1;
}
