import { squaredNorms } from "../engine/centred-rows.ts";
import type { DistanceEngine, Targets } from "../engine/distance-engine.ts";
import { rowDistance } from "./row-distance.ts";

/** Half the distance of two float32 beside 1: the most that one rounding changes, relative. */
const UNIT = 2 ** -24;

/** Up to this many centres a row's distances are read one by one; more are read by groups of about their root. */
const UNGROUPED = 16;

/** Beyond, a row's bounds would take more memory than they save time. */
const MOST_GROUPS = 32;

/** So many places at most fill up the last group. */
export const MORE_CENTRES = MOST_GROUPS - 1;

/** More than any squared distance of rows as they are prepared, and finite: no row is nearest to such a centre. */
const NOWHERE = 1e37;

/**
 * The nearest of k centres for blocks of rows: exactly the nearest in float64, the lowest index at a tie. Products are
 * float32; where the two best are closer than the products can be wrong, the distances of those that are near enough
 * are computed again in float64. Centres equal to an earlier one are left out, as no row may go there.
 *
 * Error of a product's element, for any order of its sums (Higham 2002, 3.1, with the rounding of b and of |b|²):
 * (2 d + 16) u |b| (|a| + |b|).
 */
export class CentreSearch {
  /** Groups of consecutive centres, `size` each; the last may be filled up with centres that are nowhere. */
  readonly groups: number;
  readonly size: number;
  readonly #engine: DistanceEngine;
  readonly #cols: number;
  readonly #k: number;
  readonly #targets: { data: Float32Array; rows: number; norms: Float32Array };
  readonly #partial: Float32Array;
  readonly #least: Float32Array;
  #centres: Float64Array = new Float64Array(0);
  #largest = 0;

  /** Squared distance of the last row to its nearest centre: at most this. */
  upper = 0;
  /** Squared distance of the last row to the nearest of each group, its own centre left out: at least this. */
  readonly lower: Float64Array;

  constructor(engine: DistanceEngine, k: number, cols: number, blockRows: number) {
    this.groups = k <= UNGROUPED ? 1 : Math.min(MOST_GROUPS, Math.ceil(Math.sqrt(k)));
    this.size = Math.ceil(k / this.groups);
    this.groups = Math.ceil(k / this.size);
    const padded = this.groups * this.size;
    this.#engine = engine;
    this.#cols = cols;
    this.#k = k;
    this.#targets = {
      data: new Float32Array(padded * cols),
      rows: padded,
      norms: new Float32Array(padded).fill(NOWHERE),
    };
    this.#partial = new Float32Array(blockRows * padded);
    this.#least = new Float32Array(this.groups === 1 ? 0 : blockRows * this.groups);
    this.lower = new Float64Array(this.groups);
  }

  /** @param centres float64 [k, cols], in the units of the rows */
  setCentres(centres: Float64Array): void {
    const { data, norms } = this.#targets;
    this.#centres = centres;
    data.set(centres);
    const squared = squaredNorms(data, this.#cols);
    const first = new Map<number, number[]>();
    this.#largest = 0;
    for (let j = 0; j < this.#k; j++) {
      this.#largest = Math.max(this.#largest, Math.sqrt(squared[j]!));
      const alike = first.get(squared[j]!);
      if (alike === undefined) first.set(squared[j]!, [j]);
      const repeated = alike?.some((other) => this.#equal(other, j)) === true;
      if (alike !== undefined && !repeated) alike.push(j);
      norms[j] = repeated ? NOWHERE : squared[j]!;
    }
  }

  /** Products of a block, at least MIN_BLOCK_ROWS rows; `nearest` then answers for its rows. */
  async multiply(data: Float32Array, rows: number): Promise<void> {
    const { groups, size } = this;
    const targets: Targets = this.#targets;
    const partial = this.#partial.subarray(0, rows * targets.rows);
    const block = { data, rows };
    if (groups === 1) await this.#engine.partial(block, targets, partial);
    else
      await this.#engine.leastOfGroups(block, targets, size, partial, this.#least.subarray(0, rows * groups));
  }

  /**
   * The nearest centre of row `i` of the block, which lies at `data[at]` and has the squared length `norm`.
   * Sets `upper` and `lower`.
   */
  nearest(i: number, data: Float32Array, at: number, norm: number): number {
    const { groups, size, lower } = this;
    const partial = this.#partial;
    const width = groups * size;
    const own = groups === 1 ? 0 : this.#bestGroup(i);
    const start = i * width + own * size;
    let best = start;
    let value = Infinity;
    let second = Infinity;
    for (let p = start; p < start + size; p++) {
      const v = partial[p]!;
      if (v < value) {
        second = value;
        value = v;
        best = p;
      } else if (v < second) second = v;
    }
    const error = (2 * this.#cols + 16) * UNIT * this.#largest * (Math.sqrt(norm) + this.#largest);
    let others = second;
    for (let g = 0; g < groups; g++) {
      const v = g === own ? second : this.#least[i * groups + g]!;
      if (v < others) others = v;
      lower[g] = v + norm - error;
    }
    this.upper = value + norm + error;
    if (others > value + 2 * error) return best - i * width;
    return this.#decide(i * width, value + 2 * error, data, at);
  }

  #bestGroup(i: number): number {
    const { groups } = this;
    const least = this.#least;
    let own = 0;
    for (let g = 1, p = i * groups; g < groups; g++) if (least[p + g]! < least[p + own]!) own = g;
    return own;
  }

  /** Among the centres whose product is at most `limit`, in float64. The others are certainly farther. */
  #decide(from: number, limit: number, data: Float32Array, at: number): number {
    let best = -1;
    let least = Infinity;
    let second = Infinity;
    for (let j = 0; j < this.#k; j++) {
      if (this.#partial[from + j]! > limit) continue;
      const squared = rowDistance(data, at, this.#centres, j * this.#cols, this.#cols);
      if (squared < least) {
        second = least;
        least = squared;
        best = j;
      } else if (squared < second) second = squared;
    }
    // Where the product had another best one, that is one of the others now and its group's bound left it out.
    for (let g = 0; g < this.groups; g++) this.lower[g] = Math.min(this.lower[g]!, second);
    this.upper = Math.max(this.upper, least);
    return best;
  }

  #equal(a: number, b: number): boolean {
    const { data } = this.#targets;
    for (let c = 0; c < this.#cols; c++) {
      if (data[a * this.#cols + c] !== data[b * this.#cols + c]) return false;
    }
    return true;
  }
}
