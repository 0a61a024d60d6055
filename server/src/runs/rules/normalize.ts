import { KernelError, type Matrix, normalizeRowsInPlace } from "#kernels/index.ts";
import { RunRefused } from "../run-result.ts";

/** The columns of one feature; features stand beside each other in the order of their parts. */
export interface FeaturePart {
  readonly feature: string;
  readonly cols: number;
  /** What its numbers are multiplied by: the root of its weight, for squared distances to count by the weight. */
  readonly factor: number;
}

/**
 * Divides each feature's vectors by their lengths where they lie, if that is wanted, and multiplies them by their
 * factor; `documentOf` says whose vectors a row has.
 */
export type Normalize = (x: Matrix, documentOf: (row: number) => number) => void;

/** Throws RunRefused `zero_vector`, naming the document, for one that has no direction where one is needed. */
export function normalizer({
  normalize,
  parts,
  byCosine,
  nameOf,
}: {
  readonly normalize: boolean;
  readonly parts: readonly FeaturePart[];
  /** Whether a step compares directions, so that every vector has to have one. */
  readonly byCosine: boolean;
  readonly nameOf: (document: number) => string;
}): Normalize {
  const refuse = (document: number, feature: string | null) => {
    const ways = [
      ...(normalize ? ["turn normalize_features off"] : []),
      ...(byCosine ? ["take the metric 'euclidean'"] : []),
    ];
    const which = feature === null ? "" : ` of '${feature}'`;
    return new RunRefused(
      "zero_vector",
      `The vector${which} of ${nameOf(document)} is all zeros and has no direction. Give it another vector, delete it, or ${ways.join(" and ")}.`,
    );
  };
  return (x, documentOf) => {
    let from = 0;
    for (const { feature, cols, factor } of parts) {
      const columns = { from, to: from + cols };
      if (normalize) {
        try {
          normalizeRowsInPlace(x, columns);
        } catch (error) {
          if (!(error instanceof KernelError) || error.code !== "zero_vector") throw error;
          throw refuse(documentOf(firstZeroRow(x, columns)), parts.length > 1 ? feature : null);
        }
      }
      if (factor !== 1) multiply(x, columns, factor);
      from = columns.to;
    }
    if (!normalize && byCosine) {
      const zero = firstZeroRow(x, { from: 0, to: x.cols });
      if (zero >= 0) throw refuse(documentOf(zero), null);
    }
  };
}

interface Columns {
  readonly from: number;
  readonly to: number;
}

/** -1 if there is none. */
function firstZeroRow({ data, rows, cols }: Matrix, { from, to }: Columns): number {
  for (let row = 0; row < rows; row++) {
    if (data.subarray(row * cols + from, row * cols + to).every((value) => value === 0)) return row;
  }
  return -1;
}

function multiply({ data, rows, cols }: Matrix, { from, to }: Columns, factor: number): void {
  for (let row = 0; row < rows; row++) {
    for (let p = row * cols + from; p < row * cols + to; p++) data[p]! *= factor;
  }
}

/**
 * Throws RunRefused `zero_vector`, naming the document, for a reduced vector without a direction where directions are
 * compared: that of a document at the mean of all is zero.
 */
export function refuseReducedToZero(
  reduced: Matrix,
  documentOf: (row: number) => number,
  nameOf: (document: number) => string,
): void {
  const row = firstZeroRow(reduced, { from: 0, to: reduced.cols });
  if (row < 0) return;
  throw new RunRefused(
    "zero_vector",
    `Reduced to ${reduced.cols} dimensions, the vector of ${nameOf(documentOf(row))} is all zeros and has no direction. Take the metric 'euclidean', or leave reduce out.`,
  );
}
