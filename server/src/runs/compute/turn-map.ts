import { alignCoordinates, type Matrix } from "#kernels/index.ts";
import { takeRows } from "../rules/take-rows.ts";

/** So many fix a turn in three dimensions to more digits than the places have. */
const MOST_PAIRS = 50_000;

/**
 * Turns, mirrors and moves a whole map onto that of the run before, by the documents that both have; distances inside it
 * stay as they are. `shared` 0: there is none, and the map is as it was.
 *
 * @param previous places of the same documents, NaN for those it did not have
 */
export function turnMap(map: Matrix, previous: Matrix): { coordinates: Matrix; shared: number } {
  const { cols } = previous;
  const both = Int32Array.from({ length: previous.rows }, (_, row) => row).filter(
    (row) => !Number.isNaN(previous.data[row * cols]!) && !Number.isNaN(map.data[row * cols]!),
  );
  if (both.length === 0) return { coordinates: map, shared: 0 };
  const step = Math.ceil(both.length / MOST_PAIRS);
  const pairs = both.filter((_, at) => at % step === 0);
  const { coordinates } = alignCoordinates(
    takeRows(previous, pairs),
    map,
    Array.from(pairs, (row, at) => [at, row] as const),
  );
  return { coordinates, shared: both.length };
}
