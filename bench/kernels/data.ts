import { Random } from "../../kernels/src/random.ts";
import type { BenchArray } from "./kernel-case.ts";

/** Values of the standard normal distribution (Box and Muller, both of each pair). */
export function normals(random: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

export interface GroupedRows {
  readonly x: BenchArray;
  /** Group of each row, int32 [rows]. */
  readonly truth: BenchArray;
}

/**
 * Rows like text embeddings: `groups` centres of unit variance that lie in a space of `rank` directions, around each of
 * them rows with the same correlated noise, scaled by `spread`, and a little white noise. Groups have uneven sizes
 * (1 : 4). The same on every machine.
 */
export function groupedRows(
  rows: number,
  cols: number,
  {
    groups,
    spread = 0.8,
    rank = 32,
    seed = 1,
  }: { groups: number; spread?: number; rank?: number; seed?: number },
): GroupedRows {
  const random = Random.seeded(seed);
  const normal = normals(random);
  const directions = Float64Array.from({ length: rank * cols }, () => normal() / Math.sqrt(rank));
  const centres = Float64Array.from({ length: groups * rank }, normal);
  const data = new Float32Array(rows * cols);
  const truth = new Int32Array(rows);
  const row = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    const group = Math.floor(groups * random.uniform() ** 1.5);
    truth[i] = group;
    for (let c = 0; c < cols; c++) row[c] = 0.3 * spread * normal();
    for (let r = 0; r < rank; r++) {
      const weight = centres[group * rank + r]! + spread * normal();
      for (let c = 0, at = r * cols; c < cols; c++) row[c]! += weight * directions[at + c]!;
    }
    data.set(row, i * cols);
  }
  return { x: { data, rows, cols }, truth: { data: truth, rows, cols: 1 } };
}
