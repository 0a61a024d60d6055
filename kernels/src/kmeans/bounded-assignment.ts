import { squaredDistance } from "../engine/centred-rows.ts";
import type { DistanceEngine } from "../engine/distance-engine.ts";
import { blockRowsFor, blockStarts, MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { CentreSearch, MORE_CENTRES } from "./centre-search.ts";
import type { PreparedRows } from "./prepare-rows.ts";
import { rowDistance } from "./row-distance.ts";

/** What a stage does between two blocks: report how far it is (0 to 1) and throw if the caller canceled. */
export type Checkpoint = (fraction: number) => void;

/** A bound must hold by more than its own roundings: those of sums in float64, and one to float32. */
const SAFELY = 1 + 2 ** -30;
const ROUNDED_DOWN = 1 - 2 ** -22;

/** From this many centres a row's products cost more than its exact distance to its own centre. */
const MANY_CENTRES = 300;

/**
 * Nanoseconds of a row's gathering, its reading, and its product with a centre, for 384 columns on two cores: of the first
 * two and the third all grow with the columns alike. A larger share of rows than these allow is multiplied where it lies.
 */
const COST = { gather: 350, read: 100, centre: 7.7 };

/**
 * Labels of all rows as the centres move: exactly the nearest centre in float64, the lowest index at a tie. A row whose
 * centre can still be told apart by what is known about it is not looked at again (Ding et al. 2015, Yinyang k-means, its
 * global filter): at most `upper` from its own centre, at least `lower` from the others of each group, less what those
 * have moved since. The rows left are multiplied with all centres, a block at a time: in many dimensions filters inside a
 * row cost more than the products they save.
 *
 * Memory: 4 bytes for each row and group of centres, and 20 a row.
 */
export class BoundedAssignment {
  /** int32 [paddedRows] */
  readonly labels: Int32Array;
  readonly #x: PreparedRows;
  readonly #search: CentreSearch;
  readonly #k: number;
  readonly #dense: number;
  readonly #step: number;
  readonly #block: Float32Array;
  readonly #active: Int32Array;
  /** Distance to the own centre plus what it had moved until then turned around: add `#moved` of the centre. */
  readonly #upper: Float64Array;
  /** Least distance to each group plus what the group had moved until then: take off `#groupMoved`. [rows, groups] */
  readonly #lower: Float32Array;
  readonly #moved: Float64Array;
  readonly #groupMoved: Float64Array;
  #centres: Float64Array | undefined;

  constructor(engine: DistanceEngine, x: PreparedRows, k: number, blockRows: number | undefined) {
    this.#x = x;
    this.#k = k;
    const product = COST.read + COST.centre * k;
    this.#dense = product / (product + COST.gather);
    this.#step = Math.min(x.paddedRows, blockRowsFor(k + MORE_CENTRES, x.cols, blockRows));
    this.#search = new CentreSearch(engine, k, x.cols, this.#step);
    const { groups } = this.#search;
    this.labels = new Int32Array(x.paddedRows);
    this.#block = new Float32Array(this.#step * x.cols);
    this.#active = new Int32Array(x.rows);
    this.#upper = new Float64Array(x.rows);
    this.#lower = new Float32Array(x.rows * groups);
    this.#moved = new Float64Array(k);
    this.#groupMoved = new Float64Array(groups);
  }

  /** Brings `labels` to these centres, float64 [k, cols] in the units of the rows; the array is kept and must not change. */
  async assign(centres: Float64Array, checkpoint: Checkpoint): Promise<void> {
    const { rows, paddedRows, cols, data } = this.#x;
    const before = this.#centres;
    this.#centres = centres;
    if (this.#k === 1) return;
    this.#search.setCentres(centres);
    const active = before === undefined ? rows : this.#findActive(before, centres);
    const step = this.#step;
    if (active > this.#dense * rows) {
      for (const start of blockStarts(paddedRows, step)) {
        checkpoint(start / paddedRows);
        await this.#search.multiply(data.subarray(start * cols, (start + step) * cols), step);
        const end = Math.min(rows, start + step);
        for (let row = start; row < end; row++) this.#take(row - start, row);
      }
      return;
    }
    for (let start = 0; start < active; start += step) {
      checkpoint(start / active);
      const count = Math.min(step, active - start);
      this.#gather(start, count);
      // A block that would be too short is filled up with what is left there of the rows before.
      const high = Math.min(step, Math.max(count, MIN_BLOCK_ROWS));
      await this.#search.multiply(this.#block.subarray(0, high * cols), high);
      for (let i = 0; i < count; i++) this.#take(i, this.#active[start + i]!);
    }
  }

  /** Copies active rows to the block; neighbours at once. */
  #gather(start: number, count: number): void {
    const { cols, data } = this.#x;
    const active = this.#active;
    for (let i = 0; i < count;) {
      const first = active[start + i]!;
      let length = 1;
      while (i + length < count && active[start + i + length] === first + length) length++;
      this.#block.set(data.subarray(first * cols, (first + length) * cols), i * cols);
      i += length;
    }
  }

  #take(i: number, row: number): void {
    const search = this.#search;
    const label = search.nearest(i, this.#x.data, row * this.#x.cols, this.#x.norms[row]!);
    this.labels[row] = label;
    this.#upper[row] = Math.sqrt(Math.max(0, search.upper)) - this.#moved[label]!;
    const { groups, lower } = search;
    for (let g = 0, at = row * groups; g < groups; g++) {
      this.#lower[at + g] = (Math.sqrt(Math.max(0, lower[g]!)) + this.#groupMoved[g]!) * ROUNDED_DOWN;
    }
  }

  /** Notes how far centres moved, lists the rows whose label may have changed, and returns their number. */
  #findActive(before: Float64Array, after: Float64Array): number {
    const { rows, cols, data } = this.#x;
    const { groups, size } = this.#search;
    const farthest = new Float64Array(groups);
    for (let j = 0; j < this.#k; j++) {
      const distance = Math.sqrt(squaredDistance(before, j * cols, after, j * cols, cols));
      const group = Math.floor(j / size);
      this.#moved[j]! += distance;
      farthest[group] = Math.max(farthest[group]!, distance);
    }
    for (let g = 0; g < groups; g++) this.#groupMoved[g]! += farthest[g]!;

    const tighten = this.#k >= MANY_CENTRES;
    let active = 0;
    for (let row = 0; row < rows; row++) {
      const label = this.labels[row]!;
      let least = Infinity;
      for (let g = 0, at = row * groups; g < groups; g++) {
        least = Math.min(least, this.#lower[at + g]! - this.#groupMoved[g]!);
      }
      if ((this.#upper[row]! + this.#moved[label]!) * SAFELY < least) continue;
      if (tighten && least > 0) {
        const exact = Math.sqrt(rowDistance(data, row * cols, after, label * cols, cols));
        this.#upper[row] = exact - this.#moved[label]!;
        if (exact * SAFELY < least) continue;
      }
      this.#active[active++] = row;
    }
    return active;
  }
}
