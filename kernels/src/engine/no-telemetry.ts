/**
 * ONNX Runtime 1.30 and later, off Windows, sends events about process, machine, models and errors to its makers, and keeps an
 * identifier of the machine in `~/.cache`, unless this variable is set when its library starts. Whoever has set it decides.
 *
 * @see https://github.com/microsoft/onnxruntime/pull/27379
 */
process.env.ORT_DISABLE_TELEMETRY ??= "1";
