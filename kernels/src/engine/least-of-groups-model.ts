import {
  FLOAT,
  floatAttribute,
  INT64,
  intAttribute,
  intsAttribute,
  modelOf,
  node,
  value,
} from "./onnx-model.ts";
import { message, text } from "./protobuf.ts";

/**
 *   a [m, d], b [n, d], norms [n], groups (-1, size)  ->  partial [m, n] = norms - 2 a bᵀ
 *                                                         least [m * n / size] = min over each `size` columns of partial
 *
 * Which column is the least is for the caller to find among `size`, not n: ArgMin over all columns takes about as long
 * as this minimum and says nothing about the second best.
 */
export function leastOfGroupsModel(): Uint8Array {
  return modelOf(
    message(
      7, // ModelProto.graph
      node("Gemm", ["a", "b", "norms"], "partial", [floatAttribute("alpha", -2), intAttribute("transB", 1)]),
      node("Reshape", ["partial", "groups"], "grouped", []),
      node("ReduceMin", ["grouped"], "least", [intsAttribute("axes", 1), intAttribute("keepdims", 0)]),
      text(2, "leastOfGroups"), // GraphProto.name
      value(11, "a", FLOAT, ["m", "d"]), // GraphProto.input
      value(11, "b", FLOAT, ["n", "d"]),
      value(11, "norms", FLOAT, ["n"]),
      value(11, "groups", INT64, ["two"]),
      value(12, "partial", FLOAT, ["m", "n"]), // GraphProto.output
      value(12, "least", FLOAT, ["q"]),
    ),
  );
}
