import type { Graph } from "../engine/graph-runner.ts";
import { intAttribute, intsAttribute, node } from "../engine/onnx-model.ts";
import type { Field } from "../engine/protobuf.ts";

const transA = intAttribute("transA", 1);
const transB = intAttribute("transB", 1);

/** Whether rows are moved and scaled before a product, or lie near enough to the origin to be taken as they are. */
export type Rows = "moved" | "given";

const before: Record<Rows, readonly Field[]> = {
  moved: [node("Sub", ["x", "mean"], "off", []), node("Mul", ["off", "scale"], "y", [])],
  given: [node("Identity", ["x"], "y", [])],
};
const inputsOf: Record<Rows, Graph["inputs"]> = {
  moved: { x: ["m", "d"], mean: ["d"], scale: ["one"] },
  given: { x: ["m", "d"] },
};

/**
 * y = (x - mean) scale, or x as given, [m, d]; its columns in `parts` of p each
 *   -> sums [d] of y, and for each pair of parts r >= c: scatter r c [p, p] = y_rᵀ y_c
 *
 * The scatter is symmetric, so of parts only one of each two is multiplied: of three, two thirds of the work.
 */
export function scatterGraph(rows: Rows, parts: number): Graph {
  const names = Array.from({ length: parts }, (_, p) => (parts === 1 ? "y" : `y${p}`));
  const pairs = names.flatMap((name, r) =>
    names.slice(0, r + 1).map((other, c) => [name, other, r, c] as const),
  );
  return {
    name: `scatter ${rows} ${parts}`,
    nodes: [
      ...before[rows],
      // Without a list of sizes the parts are equal.
      ...(parts === 1 ? [] : [node("Split", ["y"], names, [intAttribute("axis", 1)])]),
      ...pairs.map(([a, b, r, c]) => node("Gemm", [a, b], `scatter${r}_${c}`, [transA])),
      node("ReduceMean", ["y"], "means", [intsAttribute("axes", 0), intAttribute("keepdims", 0)]),
    ],
    inputs: inputsOf[rows],
    outputs: {
      means: ["d"],
      ...Object.fromEntries(pairs.map(([, , r, c]) => [`scatter${r}_${c}`, ["p", "q"]])),
    },
  };
}

/** y as above, axes [k, d], offset [k] -> coordinates [m, k] = y axesᵀ + offset */
export function projectGraph(rows: Rows): Graph {
  return {
    name: `project ${rows}`,
    nodes: [...before[rows], node("Gemm", ["y", "axes", "offset"], "coordinates", [transB])],
    inputs: { ...inputsOf[rows], axes: ["k", "d"], offset: ["k"] },
    outputs: { coordinates: ["m", "k"] },
  };
}

/** y = (x - mean) scale, axes [k, d] -> image [d, k] = yᵀ (y axesᵀ) */
export const imageGraph: Graph = {
  name: "image",
  nodes: [
    ...before.moved,
    node("Gemm", ["y", "axes"], "coordinates", [transB]),
    node("Gemm", ["y", "coordinates"], "image", [transA]),
  ],
  inputs: { ...inputsOf.moved, axes: ["k", "d"] },
  outputs: { image: ["d", "k"] },
};
