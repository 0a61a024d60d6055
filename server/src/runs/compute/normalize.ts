import { KernelError, type Matrix, normalizeRowsInPlace } from "#kernels/index.ts";
import { RunRefused } from "../run-result.ts";

/** Divides rows by their length where they lie, if that is wanted; `documentOf` says whose vector a row is. */
export type Normalize = (x: Matrix, documentOf: (row: number) => number) => void;

/** Throws RunRefused `zero_vector`, naming the document, for one that has no direction. */
export function normalizer({
  normalize,
  nameOf,
}: {
  readonly normalize: boolean;
  readonly nameOf: (document: number) => string;
}): Normalize {
  if (!normalize) return () => undefined;
  return (x, documentOf) => {
    try {
      normalizeRowsInPlace(x);
    } catch (error) {
      if (!(error instanceof KernelError) || error.code !== "zero_vector") throw error;
      throw new RunRefused(
        "zero_vector",
        `The vector of ${nameOf(documentOf(firstZeroRow(x)))} is all zeros and has no direction. ` +
          "Give it another vector, delete it, or turn normalize_features off.",
      );
    }
  };
}

function firstZeroRow({ data, rows, cols }: Matrix): number {
  for (let row = 0; row < rows; row++) {
    if (data.subarray(row * cols, (row + 1) * cols).every((value) => value === 0)) return row;
  }
  throw new Error("A row of zeros was reported, but there is none.");
}
