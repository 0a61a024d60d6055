import type { Graph, GraphRunner } from "../engine/graph-runner.ts";
import { floatAttribute, intAttribute, node } from "../engine/onnx-model.ts";
import type { Matrix } from "../matrix.ts";

/** Rows of a tile. */
export const TILE_ROWS = 1024;

const kernelNodes = [
  // Rows are of length 1, so |a - b|² = 2 - 2 a·b, and exp(-γ |a - b|²) = exp(2γ (a·b - 1)).
  node("Gemm", ["a", "b"], "cosines", [intAttribute("transB", 1)]),
  node("Sub", ["cosines", "one"], "less", []),
  node("Mul", ["less", "factor"], "powers", []),
  node("Exp", ["powers"], "kernel", []),
];

/** a [m, d], b [n, d], weights [p, n] -> kernel [m, n], sums [m, p] = kernel weightsᵀ */
const kernelGraph: Graph = {
  name: "kernel",
  nodes: [...kernelNodes, node("Gemm", ["kernel", "weights"], "sums", [intAttribute("transB", 1)])],
  inputs: { a: ["m", "d"], b: ["n", "d"], one: ["s"], factor: ["s"], weights: ["p", "n"] },
  outputs: { kernel: ["m", "n"], sums: ["m", "p"] },
};

/** a [m, d], b [n, d] -> halves [m, n] = 1 - a·b, half of the squared distance */
const distanceGraph: Graph = {
  name: "distance",
  nodes: [
    node("Gemm", ["a", "b", "one"], "halves", [floatAttribute("alpha", -1), intAttribute("transB", 1)]),
  ],
  inputs: { a: ["m", "d"], b: ["n", "d"], one: ["s"] },
  outputs: { halves: ["m", "n"] },
};

/** Rows of zeros behind the rows, up to a whole number of tiles. */
export function padToTiles({ data, rows, cols }: Matrix): Matrix {
  const padded = TILE_ROWS * Math.ceil(rows / TILE_ROWS);
  const room = new Float32Array(padded * cols);
  room.set(data);
  return { data: room, rows: padded, cols };
}

/**
 * The radial basis functions of all pairs of rows, a tile at a time, and their sums by lists of weights.
 *
 * @param x of length 1, padded
 * @param gamma of exp(-gamma |a - b|²)
 * @param weights [lists, x.rows], up to TILE_ROWS lists: a product that is wider than high would depend on the threads
 * @param take gets the first row of a tile, kernel [TILE_ROWS, x.rows] and sums [TILE_ROWS, lists], overwritten by the next
 */
export async function eachKernelTile(
  runner: GraphRunner,
  x: Matrix,
  gamma: number,
  weights: Float32Array,
  take: (firstRow: number, kernel: Float32Array, sums: Float32Array) => void,
): Promise<void> {
  const { data, rows, cols } = x;
  const lists = weights.length / rows;
  const kernel = new Float32Array(TILE_ROWS * rows);
  const sums = new Float32Array(TILE_ROWS * lists);
  for (let first = 0; first < rows; first += TILE_ROWS) {
    await runner.run(
      kernelGraph,
      {
        a: [data.subarray(first * cols, (first + TILE_ROWS) * cols), TILE_ROWS, cols],
        b: [data, rows, cols],
        one: [Float32Array.of(1), 1],
        factor: [Float32Array.of(2 * gamma), 1],
        weights: [weights, lists, rows],
      },
      { kernel: [kernel, TILE_ROWS, rows], sums: [sums, TILE_ROWS, lists] },
      TILE_ROWS,
    );
    take(first, kernel, sums);
  }
}

/** Distances of all pairs of up to TILE_ROWS rows of length 1, each pair once. */
export async function pairDistances(runner: GraphRunner, x: Matrix): Promise<Float32Array> {
  const { data, rows } = padToTiles(x);
  const halves = new Float32Array(rows * rows);
  await runner.run(
    distanceGraph,
    { a: [data, rows, x.cols], b: [data, rows, x.cols], one: [Float32Array.of(1), 1] },
    { halves: [halves, rows, rows] },
    rows,
  );
  const distances = new Float32Array((x.rows * (x.rows - 1)) / 2);
  for (let i = 1, at = 0; i < x.rows; i++) {
    for (let j = 0; j < i; j++) distances[at++] = Math.sqrt(Math.max(0, 2 * halves[i * rows + j]!));
  }
  return distances;
}
