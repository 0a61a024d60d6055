import { DistanceEngine } from "../../kernels/src/engine/distance-engine.ts";
import { blockRowsFor } from "../../kernels/src/engine/row-blocks.ts";
import type { ProductShape } from "./kernel-case.ts";

/** A product narrower than a cache line's worth of columns is bound by memory: it is measured over rows that do not fit. */
const SAMPLE_ROWS = 32_768;
const TRIES = 5;

/**
 * Seconds that the products of these shapes take and nothing else: multiply-adds over the best rate of several tries,
 * each measured at its own width over blocks of the size the library chooses.
 */
export async function productFloor(shapes: readonly ProductShape[]): Promise<number> {
  let seconds = 0;
  for (const shape of shapes)
    seconds += (shape.rows * shape.inner * shape.columns * shape.times) / (await rateOf(shape));
  return seconds;
}

/** Multiply-adds a second. */
async function rateOf({ rows: wanted, inner, columns }: ProductShape): Promise<number> {
  const width = Math.min(columns, 4096);
  const step = Math.min(blockRowsFor(width, inner), Math.max(wanted, 256));
  const rows = Math.min(Math.ceil(Math.min(wanted, SAMPLE_ROWS) / step), 64) * step;
  const a = new Float32Array(rows * inner).fill(0.5);
  const b = new Float32Array(width * inner).fill(0.25);
  const out = new Float32Array(step * width);
  const targets = { data: b, rows: width, norms: new Float32Array(width) };
  return DistanceEngine.use(inner, undefined, async (engine) => {
    let best = 0;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const started = performance.now();
      for (let start = 0; start < rows; start += step) {
        const block = { data: a.subarray(start * inner, (start + step) * inner), rows: step };
        await engine.partial(block, targets, out);
      }
      best = Math.max(best, (rows * inner * width) / ((performance.now() - started) / 1000));
    }
    return best;
  });
}
