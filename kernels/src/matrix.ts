import { KernelError } from "./kernel-error.ts";

/** Row-major float32: the value of row i and column j is `data[i * cols + j]`. */
export type Matrix = { readonly data: Float32Array; readonly rows: number; readonly cols: number };

/** Throws `bad_parameter`, `shape_mismatch`, `too_few_points` (no row) or `not_finite`, with `name` in the message. */
export function checkMatrix(x: Matrix, name: string): void {
  checkShape(x, name);
  const { data, cols } = x;
  if (allFinite(data)) return;
  const i = data.findIndex((value) => !Number.isFinite(value));
  throw new KernelError(
    "not_finite",
    `${name} holds ${data[i]!} at row ${Math.floor(i / cols)}, column ${i % cols}; remove or replace the row.`,
  );
}

/** Zero times a value is NaN if it is not finite: a third of the time of asking each value. */
function allFinite(data: Float32Array): boolean {
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += data[i]! * 0;
  return zero === 0;
}

/** The same without a look at the values, for callers that find what is not finite in what they compute from them. */
export function checkShape(x: Matrix, name: string): void {
  checkKind(x, name);
  for (const [side, value] of [["rows", x.rows] as const, ["cols", x.cols] as const]) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new KernelError("bad_parameter", `${name}.${side} is ${value}; it must be a whole number.`);
    }
  }
  if (x.data.length !== x.rows * x.cols) {
    throw new KernelError(
      "shape_mismatch",
      `${name}.data has ${x.data.length} values, but ${x.rows} rows of ${x.cols} columns need ${x.rows * x.cols}.`,
    );
  }
  if (x.rows === 0) throw new KernelError("too_few_points", `${name} has no rows; give at least one.`);
  if (x.cols === 0) throw new KernelError("bad_parameter", `${name} has no columns; give at least one.`);
}

/** Other arrays would be taken for float32 in some products and not in others. Arrays of another realm are as good. */
function checkKind(x: Matrix | null | undefined, name: string): void {
  const data = kindOf(x?.data);
  if (data === "Float32Array") return;
  const given = x?.data === undefined ? `${name} is ${kindOf(x)}` : `${name}.data is ${data}`;
  throw new KernelError(
    "bad_parameter",
    `${given}; give { data, rows, cols } with a Float32Array, such as Float32Array.from(numbers).`,
  );
}

/** `Float32Array`, `Array`, `Undefined`, … */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
