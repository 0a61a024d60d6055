import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { checkMatrix, type Matrix } from "./matrix.ts";

test("names row and column of what is not finite", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => checkMatrix({ data: Float32Array.of(0, 1, 2, 3, value, 5), rows: 2, cols: 3 }, "x"), {
      code: "not_finite",
      message: /row 1, column 1/,
    });
  }
});

test("refuses shapes that do not fit the data", () => {
  const shape = (rows: number, cols: number) => () =>
    checkMatrix({ data: new Float32Array(6), rows, cols }, "x");
  shape(2, 3)();
  assert.throws(shape(2, 4), { code: "shape_mismatch", message: /6 values.*need 8/ });
  assert.throws(shape(1.5, 4), { code: "bad_parameter" });
  assert.throws(() => checkMatrix({ data: new Float32Array(0), rows: 0, cols: 3 }, "x"), {
    code: "too_few_points",
  });
  assert.throws(() => checkMatrix({ data: new Float32Array(0), rows: 3, cols: 0 }, "x"), {
    code: "bad_parameter",
  });
});

test("refuses what is no float32, which some products would take and others not", () => {
  const refused = (x: unknown, message: RegExp) =>
    assert.throws(() => checkMatrix(x as Matrix, "x"), { code: "bad_parameter", message });
  const numbers = [0, 1, 2, 3, 4, 5];
  refused(
    { data: Float64Array.from(numbers), rows: 2, cols: 3 },
    /^x\.data is Float64Array; give .*Float32Array\.from/,
  );
  refused({ data: numbers, rows: 2, cols: 3 }, /^x\.data is Array; give/);
  refused(
    [
      [0, 1],
      [2, 3],
    ],
    /^x is Array; give/,
  );
  refused(undefined, /^x is Undefined; give/);
  refused(null, /^x is Null; give/);
  // What another realm has made is the same.
  const data = runInNewContext("Float32Array.of(0, 1, 2, 3, 4, 5)") as Float32Array;
  checkMatrix({ data, rows: 2, cols: 3 }, "x");
});
