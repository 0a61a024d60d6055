import assert from "node:assert/strict";
import { test } from "node:test";
import { checkMatrix } from "./matrix.ts";

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
