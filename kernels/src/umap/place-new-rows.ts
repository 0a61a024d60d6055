import type { Matrix } from "../matrix.ts";
import type { Random } from "../random.ts";
import type { Graph } from "./fuzzy-graph.ts";

const NOISE = 1e-4;

/**
 * Previous coordinates with a place for the rows that had none (NaN): the mean of their neighbours' places by weight, first
 * for rows beside placed ones, then for rows beside those, and so on. Rows with no way to a placed one go anywhere among
 * the others.
 */
export function placeNewRows(previous: Matrix, graph: Graph, random: Random): Float32Array {
  const { rows, cols: dims } = previous;
  const out = previous.data.slice();
  let missing = Array.from({ length: rows }, (_, i) => i).filter((i) => Number.isNaN(out[i * dims]!));
  const isNew = missing;
  const placed = new Uint8Array(rows).fill(1);
  for (const i of missing) placed[i] = 0;
  while (missing.length > 0) {
    const found = missing.filter((i) => placeByNeighbours(i, out, dims, graph, placed));
    if (found.length === 0) break;
    for (const i of found) placed[i] = 1;
    missing = missing.filter((i) => placed[i] === 0);
  }
  const some = missing.length === 0 ? [] : Array.from(placed.keys()).filter((i) => placed[i] === 1);
  for (const i of missing) {
    for (let d = 0; d < dims; d++) out[i * dims + d] = out[some[random.below(some.length)]! * dims + d]!;
  }
  for (const i of isNew) {
    for (let d = 0; d < dims; d++) out[i * dims + d]! += NOISE * (2 * random.uniform() - 1);
  }
  return out;
}

function placeByNeighbours(
  i: number,
  out: Float32Array,
  dims: number,
  graph: Graph,
  placed: Uint8Array,
): boolean {
  const sums = new Float64Array(dims);
  let total = 0;
  for (let p = graph.starts[i]!; p < graph.starts[i + 1]!; p++) {
    const j = graph.tails[p]!;
    if (placed[j] === 0) continue;
    total += graph.weights[p]!;
    for (let d = 0; d < dims; d++) sums[d]! += graph.weights[p]! * out[j * dims + d]!;
  }
  if (total === 0) return false;
  for (let d = 0; d < dims; d++) out[i * dims + d] = sums[d]! / total;
  return true;
}
