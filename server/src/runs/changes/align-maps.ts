import type { MapComparison } from "#contract/changes.ts";
import { alignCoordinates, type Matrix } from "#kernels/index.ts";
import type { SidePart } from "./run-side.ts";

type Places = SidePart["places"];

/**
 * How far two maps are the same one, turned, mirrored and moved, and what lays the newer over the older: by the documents
 * that have a place on both. Null if neither run has a map.
 */
export function alignMaps(before: Places, after: Places): MapComparison | null {
  const [olderDims, newerDims] = [dimsOf(before), dimsOf(after)];
  if (olderDims === null && newerDims === null) return null;
  const none = (note: string): MapComparison => ({ documents: 0, fit: null, transform: null, note });
  if (olderDims === null || newerDims === null) {
    return none(`Only the ${newerDims === null ? "older" : "newer"} run has a map.`);
  }
  if (olderDims !== newerDims) {
    return none(
      `The maps have ${olderDims} and ${newerDims} dimensions; they cannot be laid over each other.`,
    );
  }
  const both = [...after.keys()].filter((document) => before.has(document)).sort((a, b) => a - b);
  if (both.length === 0) return none("No document has a place on both maps.");
  const dims = newerDims;
  const older = matrixOf(
    both.map((document) => before.get(document)!),
    dims,
  );
  // The images of the origin and of the axes are the turn and the move.
  const unit = Array.from({ length: dims + 1 }, (_, axis) =>
    Array.from({ length: dims }, (_, c) => (axis === c + 1 ? 1 : 0)),
  );
  const newer = matrixOf([...both.map((document) => after.get(document)!), ...unit], dims);
  const { coordinates, residual } = alignCoordinates(
    older,
    newer,
    both.map((_, row) => [row, row] as const),
  );
  const image = (row: number): number[] =>
    Array.from(coordinates.data.subarray((both.length + row) * dims, (both.length + row + 1) * dims));
  const offset = image(0);
  const columns = Array.from({ length: dims }, (_, axis) => image(axis + 1));
  const variance = varianceOf(older);
  return {
    documents: both.length,
    fit: variance === 0 ? null : 1 - residual ** 2 / variance,
    transform: {
      matrix: offset.map((start, r) => columns.map((column) => column[r]! - start)),
      offset,
    },
    note: null,
  };
}

function dimsOf(places: Places): number | null {
  for (const place of places.values()) return place.length;
  return null;
}

function matrixOf(rows: readonly (readonly number[])[], cols: number): Matrix {
  const data = new Float32Array(rows.length * cols);
  for (const [row, place] of rows.entries()) data.set(place, row * cols);
  return { data, rows: rows.length, cols };
}

/** Mean squared distance to the mean. */
function varianceOf({ data, rows, cols }: Matrix): number {
  let sum = 0;
  for (let c = 0; c < cols; c++) {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += data[row * cols + c]! / rows;
    for (let row = 0; row < rows; row++) sum += (data[row * cols + c]! - mean) ** 2 / rows;
  }
  return sum;
}
