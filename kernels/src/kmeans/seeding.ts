import { squaredNorms } from "../engine/centred-rows.ts";
import type { DistanceEngine } from "../engine/distance-engine.ts";
import { blockRowsFor, blockStarts, MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import type { Random } from "../random.ts";
import type { Checkpoint } from "./bounded-assignment.ts";
import type { PreparedRows } from "./prepare-rows.ts";

/** Rows among which starting centres are looked for: all up to so many, of more a sample. */
const SAMPLE = { rows: 16_384, perCluster: 16 };

/** Candidates whose distances are computed at once. */
const POOL = 64;

/**
 * Rows drawn for each next centre. scikit-learn's 2 + floor(ln k) for many clusters; for fewer, of which the seeding takes
 * little time, more: over 200 seeds the median inertia of digits in 30 clusters was 238,137 with four times as many and
 * 240,325 without (scikit-learn: 240,520), of text embeddings in 12 clusters 285.45 and 285.87 (285.62).
 */
export function trialsFor(k: number): number {
  return (2 + Math.floor(Math.log(k))) * (k <= 32 ? 4 : k <= 256 ? 2 : 1);
}

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007, with the local trials of scikit-learn's _kmeans_plusplus): each next
 * centre is the best of some rows drawn with probability proportional to their squared distance to the
 * centres so far. Distances are float32 products, their sums float64.
 *
 * Candidates come from pools, so that a product has many columns and the rows are read once a pool: a row drawn with
 * the distances at the time of the pool is taken with the probability (distance now) / (distance then), which makes it a
 * draw with the distances now. Of more than 16,384 rows, and more than 16 a cluster, a sample of so many is seeded on:
 * with 100,000 rows and 1,000 clusters all rows took as long as a third of 25 iterations, and ended no better.
 *
 * @returns rows chosen, int32 [k]
 */
export async function plusPlusRows(
  engine: DistanceEngine,
  x: PreparedRows,
  k: number,
  random: Random,
  blockRows: number | undefined,
  checkpoint: Checkpoint,
): Promise<Int32Array> {
  const wanted = Math.max(SAMPLE.rows, SAMPLE.perCluster * k);
  const sample = x.rows > wanted ? random.distinct(wanted, x.rows).sort() : undefined;
  const rows = sample ? sampledRows(x, sample) : x;
  const trials = trialsFor(k);
  const pool = new CandidatePool(engine, rows, Math.min(POOL, Math.max(trials, k * trials)), blockRows);
  const chosen = new Int32Array(k);
  chosen[0] = random.below(rows.rows);
  await pool.start(chosen[0], () => checkpoint(0));
  for (let c = 1; c < k; c++) {
    while (!pool.draw(trials, random)) await pool.refill(random, (f) => checkpoint((c + f) / k));
    chosen[c] = pool.takeBest();
  }
  return sample ? chosen.map((row) => sample[row]!) : chosen;
}

type Rows = Pick<PreparedRows, "data" | "rows" | "paddedRows" | "cols" | "norms">;

class CandidatePool {
  readonly #engine: DistanceEngine;
  readonly #x: Rows;
  readonly #size: number;
  readonly #step: number;
  /** |candidate|² - 2 row · candidate, float32 [paddedRows, size] */
  readonly #partial: Float32Array;
  readonly #targets;
  /** Row of each candidate, and its distance when it was drawn. */
  readonly #row: Int32Array;
  readonly #then: Float64Array;
  /** Squared distance of each row to the nearest chosen one. */
  readonly #closest: Float64Array;
  /** Candidates from here on have not been looked at. */
  #next: number;
  /** Taken for the draw that is under way. */
  #drawn: number[] = [];

  constructor(engine: DistanceEngine, x: Rows, size: number, blockRows: number | undefined) {
    this.#engine = engine;
    this.#x = x;
    this.#size = size;
    this.#step = Math.min(x.paddedRows, blockRowsFor(size, x.cols, blockRows));
    this.#partial = new Float32Array(x.paddedRows * size);
    this.#targets = { data: new Float32Array(size * x.cols), rows: size, norms: new Float32Array(size) };
    this.#row = new Int32Array(size);
    this.#then = new Float64Array(size);
    this.#closest = new Float64Array(x.rows).fill(Infinity);
    this.#next = size;
  }

  /** The first centre: distances of all rows to it. */
  async start(row: number, checkpoint: Checkpoint): Promise<void> {
    this.#row.fill(row);
    await this.#multiply(checkpoint);
    this.#take(0);
  }

  /** Whether `count` candidates are drawn; if not, the pool is empty and what it gave is kept for after the refill. */
  draw(count: number, random: Random): boolean {
    while (this.#drawn.length < count && this.#next < this.#size) {
      const candidate = this.#next++;
      const now = this.#closest[this.#row[candidate]!]!;
      if (random.uniform() * this.#then[candidate]! <= now) this.#drawn.push(candidate);
    }
    return this.#drawn.length === count;
  }

  async refill(random: Random, checkpoint: Checkpoint): Promise<void> {
    const kept = this.#drawn.map((candidate) => this.#row[candidate]!);
    this.#row.set(kept);
    this.#row.set(drawProportional(this.#closest, this.#size - kept.length, random), kept.length);
    for (let t = 0; t < this.#size; t++) this.#then[t] = this.#closest[this.#row[t]!]!;
    await this.#multiply(checkpoint);
    this.#drawn = Array.from(kept, (_, t) => t);
    this.#next = kept.length;
  }

  /** Of the candidates drawn, the row with which the sum of distances is least. */
  takeBest(): number {
    let best = this.#drawn[0]!;
    let least = Infinity;
    for (const candidate of this.#drawn) {
      const potential = this.#potential(candidate);
      if (potential >= least) continue;
      least = potential;
      best = candidate;
    }
    this.#take(best);
    this.#drawn = [];
    return this.#row[best]!;
  }

  #potential(candidate: number): number {
    const { norms, rows } = this.#x;
    const size = this.#size;
    const partial = this.#partial;
    const closest = this.#closest;
    let sum = 0;
    for (let i = 0, at = candidate; i < rows; i++, at += size) {
      const squared = partial[at]! + norms[i]!;
      const before = closest[i]!;
      if (squared >= before) sum += before;
      else if (squared > 0) sum += squared;
    }
    return sum;
  }

  #take(candidate: number): void {
    const { norms, rows } = this.#x;
    for (let i = 0, at = candidate; i < rows; i++, at += this.#size) {
      const squared = Math.max(0, this.#partial[at]! + norms[i]!);
      if (squared < this.#closest[i]!) this.#closest[i] = squared;
    }
    this.#closest[this.#row[candidate]!] = 0;
  }

  async #multiply(checkpoint: Checkpoint): Promise<void> {
    const { data, cols, paddedRows, norms } = this.#x;
    const targets = this.#targets;
    for (let t = 0; t < this.#size; t++) {
      const row = this.#row[t]!;
      targets.data.set(data.subarray(row * cols, (row + 1) * cols), t * cols);
      targets.norms[t] = norms[row]!;
    }
    const step = this.#step;
    for (const start of blockStarts(paddedRows, step)) {
      checkpoint(start / paddedRows);
      const block = { data: data.subarray(start * cols, (start + step) * cols), rows: step };
      const out = this.#partial.subarray(start * this.#size, (start + step) * this.#size);
      await this.#engine.partial(block, targets, out);
    }
  }
}

function sampledRows(x: PreparedRows, sample: Int32Array): Rows {
  const { cols } = x;
  const rows = sample.length;
  const paddedRows = Math.max(rows, MIN_BLOCK_ROWS);
  const data = new Float32Array(paddedRows * cols);
  for (let i = 0; i < rows; i++) {
    data.set(x.data.subarray(sample[i]! * cols, (sample[i]! + 1) * cols), i * cols);
  }
  return { data, rows, paddedRows, cols, norms: squaredNorms(data, cols) };
}

/** `count` rows drawn with probability proportional to `weights`; row 0 if all weights are 0. */
function drawProportional(weights: Float64Array, count: number, random: Random): Int32Array<ArrayBuffer> {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) cumulative[i] = total += weights[i]!;
  return Int32Array.from({ length: count }, () => firstAtLeast(cumulative, random.uniform() * total));
}

/** numpy's searchsorted, side "left", kept within the array. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
