import { type Field, float, integer, message, text } from "./protobuf.ts";

/**
 * The two graphs of this library as bytes of an ONNX ModelProto. Field numbers are those of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, named beside each use.
 *
 *   a [m, d], b [n, d], norms [n]  ->  partial [m, n] = norms - 2 a bᵀ
 *   ... and for "nearest":             index [m]      = argmin over n of partial, the lowest index at a tie
 *
 * `norms` are the squared lengths of b's rows, so partial + |a|² is the squared euclidean distance.
 */
export function distanceModel(output: "partial" | "nearest"): Uint8Array {
  const gemm = node("Gemm", ["a", "b", "norms"], "partial", [
    floatAttribute("alpha", -2),
    intAttribute("transB", 1),
  ]);
  const argMin = node("ArgMin", ["partial"], "index64", [
    intAttribute("axis", 1),
    intAttribute("keepdims", 0),
    intAttribute("select_last_index", 0),
  ]);
  const cast = node("Cast", ["index64"], "index", [intAttribute("to", INT32)]);
  const graph = message(
    7, // ModelProto.graph
    ...(output === "nearest" ? [gemm, argMin, cast] : [gemm]),
    text(2, output), // GraphProto.name
    value(11, "a", FLOAT, ["m", "d"]), // GraphProto.input
    value(11, "b", FLOAT, ["n", "d"]),
    value(11, "norms", FLOAT, ["n"]),
    output === "nearest" ? value(12, "index", INT32, ["m"]) : value(12, "partial", FLOAT, ["m", "n"]), // GraphProto.output
  );
  return modelOf(graph);
}

/** A ModelProto around a GraphProto. */
export function modelOf(graph: Field): Uint8Array {
  const operators = message(8, text(1, ""), integer(2, 17)); // ModelProto.opset_import: OperatorSetIdProto.domain, version
  return Uint8Array.from([...integer(1, 8), ...text(2, "recluster"), ...graph, ...operators]); // ModelProto.ir_version, producer_name
}

/** TensorProto.DataType */
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;

export function node(
  operator: string,
  inputs: readonly string[],
  outputs: string | readonly string[],
  attributes: readonly Field[],
): Field {
  return message(
    1, // GraphProto.node
    ...inputs.map((input) => text(1, input)), // NodeProto.input
    ...[outputs].flat().map((output) => text(2, output)), // NodeProto.output
    text(4, operator), // NodeProto.op_type
    ...attributes,
  );
}

export function floatAttribute(name: string, content: number): Field {
  return message(5, text(1, name), float(2, content), integer(20, 1)); // NodeProto.attribute: AttributeProto.name, f, type FLOAT
}

export function intAttribute(name: string, content: number): Field {
  return message(5, text(1, name), integer(3, content), integer(20, 2)); // NodeProto.attribute: AttributeProto.name, i, type INT
}

export function intsAttribute(name: string, content: number): Field {
  return message(5, text(1, name), integer(8, content), integer(20, 7)); // NodeProto.attribute: AttributeProto.name, ints, type INTS
}

export function value(field: number, name: string, type: number, shape: readonly string[]): Field {
  const dimensions = shape.map((parameter) => message(1, text(2, parameter))); // TensorShapeProto.dim, Dimension.dim_param
  const tensor = message(1, integer(1, type), message(2, ...dimensions)); // TypeProto.tensor_type, Tensor.elem_type, Tensor.shape
  return message(field, text(1, name), message(2, tensor)); // ValueInfoProto.name, type
}
