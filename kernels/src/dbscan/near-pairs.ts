import type { DistanceEngine } from "../engine/distance-engine.ts";
import { type Checkpoint, eachTile } from "../pairs/each-tile.ts";
import type { PairRows } from "../pairs/pair-rows.ts";
import type { TileScan } from "../pairs/tile-scan.ts";

/** Pairs of rows that are kept, for each row: with fewer than this many near rows on average one pass is enough. */
const KEPT_FOR_A_ROW = 32;

/**
 * All pairs of rows at most `eps` apart, as often as they are asked for. A pair is decided by its bounds in float32, or in
 * float64 where eps lies between these. Tiles the caller does not need cost nothing; what was found is kept as long as it
 * fits in 256 bytes a row, so that a second pass makes products only of tiles the first one skipped or could not keep.
 */
export class NearPairs {
  readonly #x: PairRows;
  readonly #eps: number;
  readonly #engine: DistanceEngine;
  readonly #scan: TileScan;
  readonly #bounds: Float64Array;
  readonly #kept: Int32Array;
  #keptCount = 0;
  /** Tiles whose pairs are all kept. */
  readonly #known = new Set<string>();

  /** `eps` in the metric's units. */
  constructor(engine: DistanceEngine, scan: TileScan, x: PairRows, eps: number) {
    this.#engine = engine;
    this.#scan = scan;
    this.#x = x;
    this.#eps = eps;
    this.#bounds = new Float64Array(x.low.length).fill(x.fromDistance(eps)).fill(-Infinity, x.rows);
    this.#kept = new Int32Array(2 * KEPT_FOR_A_ROW * x.rows);
  }

  /**
   * @param skip whether no pair of the rows from top to topEnd and from left to leftEnd matters
   * @param take one pair; each pair once
   */
  async pass(
    checkpoint: Checkpoint,
    skip: (top: number, topEnd: number, left: number, leftEnd: number) => boolean,
    take: (a: number, b: number) => void,
  ): Promise<void> {
    const { rows, low } = this.#x;
    const { side } = this.#scan;
    const end = (start: number): number => Math.min(start + side, rows);
    for (let p = 0; p < this.#keptCount; p += 2) take(this.#kept[p]!, this.#kept[p + 1]!);
    await eachTile(
      this.#engine,
      this.#x,
      this.#scan,
      checkpoint,
      (top, left) => {
        const before = this.#keptCount;
        let missed = 0;
        this.#scan.pairsBelow(low, this.#bounds, top, left, (a, b, lower) => {
          if (!this.#isNear(a, b, lower)) return;
          take(a, b);
          if (missed > 0 || this.#keptCount === this.#kept.length) {
            missed++;
            return;
          }
          this.#kept[this.#keptCount++] = a;
          this.#kept[this.#keptCount++] = b;
        });
        if (missed === 0) this.#known.add(`${top} ${left}`);
        else this.#keptCount = before;
      },
      (top, left) => this.#known.has(`${top} ${left}`) || skip(top, end(top), left, end(left)),
    );
  }

  #isNear(a: number, b: number, lower: number): boolean {
    const x = this.#x;
    const bound = this.#bounds[a]!;
    const upper = lower + 2.1 * x.slack * (x.low[a]! + x.low[b]!);
    if (upper < bound * (1 - 2 ** -40)) return true;
    return x.distance(x.squared(a, b)) <= this.#eps;
  }
}
