import type { Matrix } from "../matrix.ts";
import { checkSamples, type DriftSample } from "./drift-sample.ts";

/**
 * The rows of both samples as directions, by document. A row that a document has in both samples, unchanged, is held once:
 * whatever is computed from it is the same on both sides, to the bit.
 */
export type PooledRows = {
  /** Rows of length 1, [rows, cols], a document's beside each other, documents by number. */
  readonly x: Matrix;
  /** Rows starts[d] up to starts[d + 1] are those of document d; int32 [documents + 1] */
  readonly starts: Int32Array;
  /** Whether the sample has the row: BASELINE, CURRENT or BOTH; [rows] */
  readonly sides: Uint8Array;
  /** Rows of the samples as they were given. */
  readonly baselineRows: number;
  readonly currentRows: number;
};

export const BASELINE = 1;
export const CURRENT = 2;
export const BOTH = 3;

/** BASELINE of CURRENT and the reverse; BOTH of BOTH. */
export function otherSide(side: number): number {
  return side === BOTH ? BOTH : BASELINE + CURRENT - side;
}

/** @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector` */
export function poolRows(baseline: DriftSample, current: DriftSample): PooledRows {
  checkSamples(baseline, current);
  const { cols } = baseline.vectors;
  const before = byDocument(baseline.documents);
  const after = byDocument(current.documents);
  const room = before.length + after.length;
  const x = new Float32Array(room * cols);
  const sides = new Uint8Array(room);
  const starts = [0];
  let rows = 0;
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const document = Math.min(
      i < before.length ? baseline.documents[before[i]!]! : Infinity,
      j < after.length ? current.documents[after[j]!]! : Infinity,
    );
    const first = rows;
    for (; i < before.length && baseline.documents[before[i]!] === document; i++) {
      writeDirection(baseline.vectors, before[i]!, x, rows);
      sides[rows++] = BASELINE;
    }
    const end = rows;
    for (; j < after.length && current.documents[after[j]!] === document; j++) {
      writeDirection(current.vectors, after[j]!, x, rows);
      const same = equalRow(x, cols, rows, first, end, sides);
      if (same < 0) sides[rows++] = CURRENT;
      else sides[same] = BOTH;
    }
    starts.push(rows);
  }
  return {
    x: { data: x.subarray(0, rows * cols), rows, cols },
    starts: Int32Array.from(starts),
    sides: sides.subarray(0, rows),
    baselineRows: before.length,
    currentRows: after.length,
  };
}

/** Rows by their document's number, then by row. */
function byDocument(documents: Int32Array): Int32Array {
  return Int32Array.from(documents.keys()).sort((a, b) => documents[a]! - documents[b]! || a - b);
}

/** Row `from` of a matrix, divided by its length, becomes row `to`. */
function writeDirection({ data, cols }: Matrix, from: number, x: Float32Array, to: number): void {
  let squared = 0;
  for (let p = from * cols; p < (from + 1) * cols; p++) squared += data[p]! ** 2;
  const length = Math.sqrt(squared);
  for (let c = 0; c < cols; c++) x[to * cols + c] = data[from * cols + c]! / length;
}

/** The first of the rows `first` to `end` - 1 that only the baseline has and that equals `row`, or -1. */
function equalRow(
  x: Float32Array,
  cols: number,
  row: number,
  first: number,
  end: number,
  sides: Uint8Array,
): number {
  for (let other = first; other < end; other++) {
    if (sides[other] !== BASELINE) continue;
    let c = 0;
    while (c < cols && x[other * cols + c] === x[row * cols + c]) c++;
    if (c === cols) return other;
  }
  return -1;
}
