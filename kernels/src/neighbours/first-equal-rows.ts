import type { PairRows } from "../pairs/pair-rows.ts";

/** For each row the first row that is equal to it, value by value (itself if there is none before), int32 [rows]. */
export function firstEqualRows(x: PairRows): Int32Array {
  const { rows } = x;
  const first = new Int32Array(rows);
  const table = new Int32Array(2 ** Math.ceil(Math.log2(2 * rows + 2))).fill(-1);
  for (let row = 0; row < rows; row++) {
    let slot = x.hash(row) & (table.length - 1);
    while (table[slot]! >= 0 && !x.isEqual(table[slot]!, row)) slot = (slot + 1) & (table.length - 1);
    if (table[slot]! < 0) table[slot] = row;
    first[row] = table[slot]!;
  }
  return first;
}
