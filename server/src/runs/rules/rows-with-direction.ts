import type { Matrix } from "#kernels/index.ts";
import type { FeaturePart } from "./normalize.ts";

/** Rows that can be normalised: with `each`, every feature's vector has a direction; else the whole has. */
export function rowsWithDirection(
  { data, rows, cols }: Matrix,
  parts: readonly FeaturePart[],
  each: boolean,
): Int32Array {
  const isZero = (from: number, to: number): boolean => {
    for (let p = from; p < to; p++) if (data[p] !== 0) return false;
    return true;
  };
  const kept: number[] = [];
  for (let row = 0; row < rows; row++) {
    let from = row * cols;
    const zero = each ? parts.some((part) => isZero(from, (from += part.cols))) : isZero(from, from + cols);
    if (!zero) kept.push(row);
  }
  return Int32Array.from(kept);
}

/** The vectors of several features beside each other: a copy. */
export function joinFeatures(parts: readonly Matrix[]): Matrix {
  const { rows } = parts[0]!;
  const cols = parts.reduce((sum, part) => sum + part.cols, 0);
  const data = new Float32Array(rows * cols);
  let from = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row++) {
      data.set(part.data.subarray(row * part.cols, (row + 1) * part.cols), row * cols + from);
    }
    from += part.cols;
  }
  return { data, rows, cols };
}
