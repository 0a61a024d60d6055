import { type CentredRows, squaredNorms } from "../engine/centred-rows.ts";
import type { DistanceEngine } from "../engine/distance-engine.ts";
import { blockRowsFor, blockStarts } from "../engine/row-blocks.ts";

/** What a stage does between two blocks: report how far it is (0 to 1) and throw if the caller canceled. */
export type Checkpoint = (fraction: number) => void;

/**
 * Labels every row with its nearest centre, the lowest index at a tie; "nearest" in float32, so rows as near to two
 * centres as float32 can tell may get either, the same one each time.
 *
 * @param centres float64 [k, cols], in the units of the centred rows
 * @param labels int32 [paddedRows], written
 */
export async function assignNearest(
  engine: DistanceEngine,
  x: CentredRows,
  centres: Float64Array,
  labels: Int32Array,
  blockRows: number | undefined,
  checkpoint: Checkpoint,
): Promise<void> {
  const rounded = Float32Array.from(centres);
  const k = centres.length / x.cols;
  if (k === 1) {
    labels.fill(0);
    return;
  }
  const targets = { data: rounded, rows: k, norms: Float32Array.from(squaredNorms(rounded, x.cols)) };
  const rows = Math.min(x.paddedRows, blockRowsFor(k, blockRows));
  for (const start of blockStarts(x.paddedRows, rows)) {
    checkpoint(start / x.paddedRows);
    const block = { data: x.data.subarray(start * x.cols, (start + rows) * x.cols), rows };
    await engine.nearest(block, targets, labels.subarray(start, start + rows));
  }
}
