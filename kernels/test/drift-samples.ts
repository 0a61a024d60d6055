import type { DriftSample, Matrix } from "../src/index.ts";
import { Random } from "../src/random.ts";

/** Rows by hand; documents are numbered from `first`, or as given. */
export function sampleOf(
  rows: readonly (readonly number[])[],
  documents: readonly number[] | number = 0,
): DriftSample {
  const vectors = { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
  return {
    vectors,
    documents: Int32Array.from(typeof documents === "number" ? rows.map((_, i) => documents + i) : documents),
  };
}

/** A point of a cloud around (1, …, 1) that is longer in its first dimensions; of `cols` values. */
export function cloudRow(random: Random, cols: number): number[] {
  return Array.from({ length: cols }, (_, c) => 1 + normal(random) * (c < 3 ? 1 : 0.4));
}

/** Sum of 12 uniforms: near enough to a normal one, and the same on every machine. */
export function normal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}

/** Two samples of one cloud, of which `shared` documents are in both. */
export function cloudSamples(
  seed: number,
  {
    baseline,
    current,
    shared = 0,
    cols = 8,
  }: { baseline: number; current: number; shared?: number; cols?: number },
): [baseline: DriftSample, current: DriftSample] {
  const random = Random.seeded(seed, 1);
  const rows = Array.from({ length: baseline + current - shared }, () => cloudRow(random, cols));
  return [sampleOf(rows.slice(0, baseline)), sampleOf(rows.slice(baseline - shared), baseline - shared)];
}

/** All rows turned by one rotation, made of `cols` reflections. */
export function rotated(samples: readonly DriftSample[], seed: number): DriftSample[] {
  const { cols } = samples[0]!.vectors;
  const random = Random.seeded(seed, 2);
  const mirrors = Array.from({ length: cols }, () => Array.from({ length: cols }, () => normal(random)));
  return samples.map(({ vectors, documents }) => ({ vectors: mirrored(vectors, mirrors), documents }));
}

function mirrored({ data, rows, cols }: Matrix, mirrors: readonly (readonly number[])[]): Matrix {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    let row = [...data.subarray(i * cols, (i + 1) * cols)];
    for (const mirror of mirrors) {
      const along = 2 * (dot(row, mirror) / dot(mirror, mirror));
      row = row.map((value, c) => value - along * mirror[c]!);
    }
    out.set(row, i * cols);
  }
  return { data: out, rows, cols };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, c) => sum + value * b[c]!, 0);
}
