/** ONNX Runtime as all of this project loads it. */
// Evaluated first, so the runtime finds the variable set.
import "./no-telemetry.ts";

export { InferenceSession, Tensor } from "onnxruntime-node";
