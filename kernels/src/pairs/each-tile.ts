import type { DistanceEngine, Targets } from "../engine/distance-engine.ts";
import type { TileScan } from "./tile-scan.ts";

/** What a stage does between two blocks: report how far it is (0 to 1) and throw if the caller canceled. */
export type Checkpoint = (fraction: number) => void;

/** The part of PairRows that products need; rows may stand in another order. */
export type ProductRows = {
  readonly cols: number;
  /** float32 [paddedRows, cols] */
  readonly products: Float32Array;
  /** float32 [paddedRows] */
  readonly low: Float32Array;
};

/**
 * Fills the scan's tile with the products of every pair of blocks of rows, each pair once: blocks on the diagonal first,
 * where every row meets some others, so that bounds are low when the many tiles beside it come.
 *
 * @param take reads the tile of rows top, top + 1, … and left, left + 1, …; top <= left
 * @param skip whether no pair of two blocks matters
 */
export async function eachTile(
  engine: DistanceEngine,
  x: ProductRows,
  scan: TileScan,
  checkpoint: Checkpoint,
  take: (top: number, left: number) => void,
  skip: (top: number, left: number) => boolean = () => false,
): Promise<void> {
  const { side } = scan;
  const blocks = x.low.length / side;
  const all = (blocks * (blocks + 1)) / 2;
  let done = 0;
  for (let step = 0; step < blocks; step++) {
    for (let block = 0; block + step < blocks; block++) {
      const top = block * side;
      const left = (block + step) * side;
      checkpoint(done++ / all);
      if (skip(top, left)) continue;
      await engine.partial(blockOf(x, top, side), blockOf(x, left, side), scan.tile);
      take(top, left);
    }
  }
}

export function blockOf(x: ProductRows, start: number, rows: number): Targets {
  return {
    data: x.products.subarray(start * x.cols, (start + rows) * x.cols),
    rows,
    norms: x.low.subarray(start, start + rows),
  };
}
