import type { SmoothDistances } from "./smooth-distances.ts";

/** A weighted graph by rows: the edges of row i are starts[i] to starts[i + 1], by ascending tail, weights above 0 to 1. */
export type Graph = {
  readonly rows: number;
  readonly starts: Int32Array;
  readonly tails: Int32Array;
  readonly weights: Float32Array;
};

/** How far each neighbour belongs to its row's fuzzy set, float32 [rows, k] (umap-learn's compute_membership_strengths). */
export function memberships(distances: Float32Array, k: number, smooth: SmoothDistances): Float32Array {
  const { rhos, sigmas } = smooth;
  return distances.map((distance, p) => {
    const i = Math.floor(p / k);
    const beyond = distance - rhos[i]!;
    return beyond <= 0 || sigmas[i] === 0 ? 1 : Math.exp(-beyond / sigmas[i]!);
  });
}

/**
 * The fuzzy union of all rows' sets: mix * (w + wᵀ - w wᵀ) + (1 - mix) * w wᵀ, symmetric (umap-learn's fuzzy_simplicial_set).
 *
 * @param indices int32 [rows, k], the row itself not among them
 * @param strengths float32 [rows, k]
 */
export function fuzzyUnion(indices: Int32Array, strengths: Float32Array, k: number, mix: number): Graph {
  const rows = indices.length / k;
  const forth = bySortedTail(rows, indices, strengths, k);
  const back = transpose(forth);
  const starts = new Int32Array(rows + 1);
  const tails = new Int32Array(2 * rows * k);
  const weights = new Float32Array(2 * rows * k);
  let edges = 0;
  for (let i = 0; i < rows; i++) {
    let p = forth.starts[i]!;
    let q = back.starts[i]!;
    while (p < forth.starts[i + 1]! || q < back.starts[i + 1]!) {
      const ahead = p < forth.starts[i + 1]! ? forth.tails[p]! : rows;
      const behind = q < back.starts[i + 1]! ? back.tails[q]! : rows;
      const w = ahead <= behind ? forth.weights[p++]! : 0;
      const v = behind <= ahead ? back.weights[q++]! : 0;
      const weight = Math.fround(mix * (w + v - w * v) + (1 - mix) * w * v);
      if (weight === 0) continue;
      tails[edges] = Math.min(ahead, behind);
      weights[edges++] = weight;
    }
    starts[i + 1] = edges;
  }
  return { rows, starts, tails: tails.slice(0, edges), weights: weights.slice(0, edges) };
}

/** Without edges lighter than `least`. */
export function pruned(graph: Graph, least: number): Graph {
  const { rows } = graph;
  const starts = new Int32Array(rows + 1);
  const tails = graph.tails.slice();
  const weights = graph.weights.slice();
  let edges = 0;
  for (let i = 0; i < rows; i++) {
    for (let p = graph.starts[i]!; p < graph.starts[i + 1]!; p++) {
      if (weights[p]! < least) continue;
      tails[edges] = tails[p]!;
      weights[edges++] = weights[p]!;
    }
    starts[i + 1] = edges;
  }
  return { rows, starts, tails: tails.slice(0, edges), weights: weights.slice(0, edges) };
}

function bySortedTail(rows: number, indices: Int32Array, strengths: Float32Array, k: number): Graph {
  const starts = Int32Array.from({ length: rows + 1 }, (_, i) => i * k);
  // Transposing twice sorts the tails of each row, as each pass goes through the rows in order.
  return transpose(transpose({ rows, starts, tails: indices, weights: strengths }));
}

function transpose(graph: Graph): Graph {
  const { rows } = graph;
  const starts = new Int32Array(rows + 1);
  for (const tail of graph.tails) starts[tail + 1]!++;
  for (let i = 0; i < rows; i++) starts[i + 1]! += starts[i]!;
  const at = starts.slice(0, rows);
  const tails = new Int32Array(graph.tails.length);
  const weights = new Float32Array(graph.tails.length);
  for (let i = 0; i < rows; i++) {
    for (let p = graph.starts[i]!; p < graph.starts[i + 1]!; p++) {
      const q = at[graph.tails[p]!]!++;
      tails[q] = i;
      weights[q] = graph.weights[p]!;
    }
  }
  return { rows, starts, tails, weights };
}
