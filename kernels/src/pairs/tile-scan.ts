import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { scanModule } from "./scan-module.ts";

/** As much of the global as is used; Node's types have none and the browser's library is not loaded. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number }) => WasmMemory;
  instantiate: (
    bytes: Uint8Array<ArrayBuffer>,
    imports: { p: { m: WasmMemory } },
  ) => Promise<{ instance: { exports: Record<string, unknown> } }>;
};
type WasmMemory = { readonly buffer: ArrayBuffer };

/** Rows of a tile that are searched at once; between two strips the caller may lower bounds. */
const STRIP = 32;

/**
 * A tile of products [side, side] in WebAssembly memory, and the search in it. The engine writes `tile` in place.
 * About `side`² · 4 bytes.
 */
export class TileScan {
  readonly side: number;
  /** float32 [side, side] */
  readonly tile: Float32Array;
  readonly #bounds: Float32Array;
  readonly #lows: Float32Array;
  readonly #columns: Float32Array;
  readonly #hits: Int32Array;
  readonly #scan: (...addresses: number[]) => number;

  private constructor(side: number, memory: WasmMemory, scan: (...addresses: number[]) => number) {
    const { buffer } = memory;
    this.side = side;
    this.#scan = scan;
    this.tile = new Float32Array(buffer, 0, side * side);
    let at = this.tile.byteLength;
    const next = (length: number): number => (at += 4 * length) - 4 * length;
    this.#bounds = new Float32Array(buffer, next(STRIP), STRIP);
    this.#lows = new Float32Array(buffer, next(STRIP), STRIP);
    this.#columns = new Float32Array(buffer, next(side), side);
    this.#hits = new Int32Array(buffer, next(STRIP * side), STRIP * side);
  }

  /** `side`: a multiple of 256. */
  static async create(side: number): Promise<TileScan> {
    const bytes = 4 * (side * side + 2 * STRIP + side + STRIP * side);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
    const { instance } = await WebAssembly.instantiate(scanModule(), { p: { m: memory } });
    return new TileScan(side, memory, instance.exports.scan as (...addresses: number[]) => number);
  }

  /**
   * Calls `take` with the rows and the tile's value of every pair top + i, left + j whose squared distance may be below
   * the bound of either row; in ascending order of rows. On the diagonal (top = left) only pairs with i < j.
   *
   * @param low of PairRows
   * @param bounds float64 [paddedRows]; read again for each strip, so `take` may lower them; -Infinity asks nothing
   */
  pairsBelow(
    low: Float32Array,
    bounds: Float64Array,
    top: number,
    left: number,
    take: (row: number, column: number, lowerBound: number) => void,
  ): void {
    const { side, tile } = this;
    const hits = this.#hits;
    for (let first = 0; first < side; first += STRIP) {
      for (let i = 0; i < STRIP; i++) {
        const bound = bounds[top + first + i]!;
        const length = low[top + first + i]!;
        this.#lows[i] = length;
        this.#bounds[i] = loosened(bound, length) - length;
      }
      for (let j = 0; j < side; j++) this.#columns[j] = loosened(bounds[left + j]!, 0);
      const start = 4 * first * side;
      const count = this.#scan(
        start,
        side,
        STRIP,
        this.#bounds.byteOffset,
        this.#lows.byteOffset,
        this.#columns.byteOffset,
        this.#hits.byteOffset,
      );
      for (let h = 0; h < count; h++) {
        const position = hits[h]!;
        const i = Math.floor(position / side) + first;
        const j = position % side;
        if (top === left && j <= i) continue;
        take(top + i, left + j, tile[first * side + position]! + low[top + i]!);
      }
    }
  }
}

/** A little more, so that the search's own roundings to float32 lose no pair; the caller compares again. */
function loosened(bound: number, length: number): number {
  return bound + 2 ** -21 * (Math.abs(bound) + length);
}

/** Side of the tiles: 1,024 values are 4 MB, which stays in cache; for few rows as small as they need. */
export function tileSide(rows: number, wanted = 1024): number {
  const least = Math.min(Math.max(wanted, MIN_BLOCK_ROWS), Math.max(rows, MIN_BLOCK_ROWS), 4096);
  return MIN_BLOCK_ROWS * Math.ceil(least / MIN_BLOCK_ROWS);
}
