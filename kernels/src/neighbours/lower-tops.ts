import type { TileScan } from "../pairs/tile-scan.ts";
import type { RowHeaps } from "./row-heaps.ts";

/** Columns looked at for a first bound: with 24 wanted it lets 1 in 5 pairs of the first tile through. */
const SAMPLE = 128;

/**
 * Gives rows that were offered nothing yet a first bound, so that their first tile is not offered to them whole: the
 * `size`-th lowest of some values of the tile. These come again as pairs below the bound.
 *
 * @param low of the rows of the tile
 * @param isWanted whether the pair of row top + i and left + j will be offered to the row
 */
export function lowerTops(
  heaps: RowHeaps,
  scan: TileScan,
  low: Float32Array,
  top: number,
  left: number,
  isWanted: (row: number, column: number) => boolean,
): void {
  const { side, tile } = scan;
  const { tops, size } = heaps;
  const step = Math.max(1, Math.floor(side / SAMPLE));
  const values = new Float32Array(SAMPLE);
  for (let i = 0; i < side; i++) {
    const row = top + i;
    if (tops[row] !== Infinity) continue;
    let count = 0;
    for (let j = 0; j < side && count < SAMPLE; j += step) {
      if (left + j === row || !isWanted(row, left + j)) continue;
      const value = tile[i * side + j]!;
      if (value < Infinity) values[count++] = value;
    }
    if (count < size) continue;
    const bound = values.subarray(0, count).sort()[size - 1]! + low[row]!;
    // A little more: the mirrored product of the same pair may be rounded otherwise.
    tops[row] = bound + 2 ** -18 * (Math.abs(bound) + low[row]!);
  }
}
