import type { Graph } from "../engine/graph-runner.ts";
import { intAttribute, intsAttribute, node } from "../engine/onnx-model.ts";

const transA = intAttribute("transA", 1);
const transB = intAttribute("transB", 1);

/**
 * x [m, d], precisions [k, d], slopes [k, d] = -2 mean * precision, offsets [k] = sum of mean² * precision, heights [k],
 * half [1] = -1/2
 *   -> mahalanobis [m, k] = x² precisionsᵀ + x slopesᵀ + offsets
 *   -> responsibilities [m, k] = softmax of heights - mahalanobis / 2
 */
export const diagonalDensities: Graph = {
  name: "diagonalDensities",
  nodes: [
    node("Mul", ["x", "x"], "squares", []),
    node("Gemm", ["x", "slopes", "offsets"], "linear", [transB]),
    node("Gemm", ["squares", "precisions", "linear"], "mahalanobis", [transB]),
    node("Mul", ["mahalanobis", "half"], "halves", []),
    node("Add", ["halves", "heights"], "logs", []),
    node("Softmax", ["logs"], "responsibilities", [intAttribute("axis", 1)]),
  ],
  inputs: {
    x: ["m", "d"],
    precisions: ["k", "d"],
    slopes: ["k", "d"],
    offsets: ["k"],
    heights: ["k"],
    half: ["one"],
  },
  outputs: { mahalanobis: ["m", "k"], responsibilities: ["m", "k"] },
};

/**
 * x [m, d], factor [d, d] the transposed Cholesky factor of a precision, offset [d] = - mean * factor
 *   -> mahalanobis [m] = sum of (x factor + offset)²
 */
export const fullDistances: Graph = {
  name: "fullDistances",
  nodes: [
    node("Gemm", ["x", "factor", "offset"], "y", []),
    node("ReduceSumSquare", ["y"], "mahalanobis", [intsAttribute("axes", 1), intAttribute("keepdims", 0)]),
  ],
  inputs: { x: ["m", "d"], factor: ["d", "d"], offset: ["d"] },
  outputs: { mahalanobis: ["m"] },
};

/** x [m, d], weights [m, k] -> sums [d, k] = xᵀ weights, squareSums [d, k] = x²ᵀ weights; or both transposed. */
export function momentGraphs(withSquares: boolean, transposed: boolean): Graph {
  const shape = transposed ? ["k", "d"] : ["d", "k"];
  const product = (rows: string, out: string) =>
    node("Gemm", transposed ? ["weights", rows] : [rows, "weights"], out, [transA]);
  return {
    name: `moments ${withSquares} ${transposed}`,
    nodes: [
      product("x", "sums"),
      ...(withSquares ? [node("Mul", ["x", "x"], "squares", []), product("squares", "squareSums")] : []),
    ],
    inputs: { x: ["m", "d"], weights: ["m", "k"] },
    outputs: { sums: shape, ...(withSquares ? { squareSums: shape } : {}) },
  };
}

/** x [m, d], mean [d], weights [m, 1] -> scatter [d, d] = sum over rows of weight (x - mean)(x - mean)ᵀ */
export const weightedScatter: Graph = {
  name: "weightedScatter",
  nodes: [
    node("Sub", ["x", "mean"], "moved", []),
    node("Mul", ["moved", "weights"], "weighted", []),
    node("Gemm", ["weighted", "moved"], "scatter", [transA]),
  ],
  inputs: { x: ["m", "d"], mean: ["d"], weights: ["m", "one"] },
  outputs: { scatter: ["d", "d"] },
};
