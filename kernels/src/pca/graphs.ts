import type { Graph } from "../engine/graph-runner.ts";
import { intAttribute, node } from "../engine/onnx-model.ts";

const transA = intAttribute("transA", 1);
const transB = intAttribute("transB", 1);
const centred = [node("Sub", ["x", "mean"], "moved", []), node("Mul", ["moved", "scale"], "y", [])];
const inputs = { x: ["m", "d"], mean: ["d"], scale: ["one"] };

/** y = (x - mean) scale [m, d] -> scatter [d, d] = yᵀ y */
export const scatterGraph: Graph = {
  name: "scatter",
  nodes: [...centred, node("Gemm", ["y", "y"], "scatter", [transA])],
  inputs,
  outputs: { scatter: ["d", "d"] },
};

/** y as above, axes [k, d], offset [k] -> coordinates [m, k] = y axesᵀ + offset */
export const projectGraph: Graph = {
  name: "project",
  nodes: [...centred, node("Gemm", ["y", "axes", "offset"], "coordinates", [transB])],
  inputs: { ...inputs, axes: ["k", "d"], offset: ["k"] },
  outputs: { coordinates: ["m", "k"] },
};

/** y as above, axes [k, d] -> image [d, k] = yᵀ (y axesᵀ) */
export const imageGraph: Graph = {
  name: "image",
  nodes: [
    ...centred,
    node("Gemm", ["y", "axes"], "coordinates", [transB]),
    node("Gemm", ["y", "coordinates"], "image", [transA]),
  ],
  inputs: { ...inputs, axes: ["k", "d"] },
  outputs: { image: ["d", "k"] },
};
