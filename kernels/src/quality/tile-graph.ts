import { floatAttribute, intAttribute, intsAttribute, node } from "../engine/onnx-model.ts";
import type { Graph } from "../engine/graph-runner.ts";

/**
 * Distances of a tile and their sums by cluster:
 *
 *   a [m, d], b [n, d], ofA [m, 1] and ofB [n] squared lengths, inA [m, ka] and inB [n, kb] 1 where a row is in a cluster
 *     -> squared [m, n] = ofA + ofB - 2 a bᵀ
 *        rowSums [m, kb] and columnSums [n, ka] of its root, by the other side's cluster
 *        least [m] = min over the row of squared - limits, limits [n]
 */
export const tileGraph: Graph = {
  name: "tile",
  nodes: [
    node("Gemm", ["a", "b", "ofB"], "partial", [floatAttribute("alpha", -2), intAttribute("transB", 1)]),
    node("Add", ["partial", "ofA"], "squared", []),
    node("Relu", ["squared"], "positive", []),
    node("Sqrt", ["positive"], "distance", []),
    node("Gemm", ["distance", "inB"], "rowSums", []),
    node("Gemm", ["distance", "inA"], "columnSums", [intAttribute("transA", 1)]),
    node("Sub", ["squared", "limits"], "over", []),
    node("ReduceMin", ["over"], "least", [intsAttribute("axes", 1), intAttribute("keepdims", 0)]),
  ],
  inputs: {
    a: ["m", "d"],
    b: ["n", "d"],
    ofA: ["m", "one"],
    ofB: ["n"],
    inA: ["m", "ka"],
    inB: ["n", "kb"],
    limits: ["n"],
  },
  outputs: {
    squared: ["m", "n"],
    rowSums: ["m", "kb"],
    columnSums: ["n", "ka"],
    least: ["m"],
  },
};
