import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import { largestEigenpairs } from "./lanczos.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

function symmetric(n: number, seed: number): Float64Array {
  const random = Random.seeded(seed);
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) out[i * n + j] = out[j * n + i] = Math.fround(random.uniform() - 0.5);
  return out;
}

test("by hand: 2 1 / 1 2 has 1 and 3", () => {
  const matrix = Float64Array.of(2, 1, 1, 2);
  const values = symmetricEigen(matrix, 2);
  assert.ok(Math.abs(values[0]! - 1) < 1e-15 && Math.abs(values[1]! - 3) < 1e-15);
  assert.ok(Math.abs(matrix[1]! - matrix[3]!) < 1e-15); // of 3: the same in both rows
});

for (const [what, n, make] of [
  ["one value", 1, () => Float64Array.of(5)],
  ["any", 40, () => symmetric(40, 1)],
  ["zeros", 6, () => new Float64Array(36)],
  ["equal values", 5, () => Float64Array.from({ length: 25 }, (_, p) => (p % 6 === 0 ? 2 : 0))],
] as const) {
  test(`A v = λ v, and the vectors are at right angles: ${what}`, () => {
    const matrix = make();
    const vectors = matrix.slice();
    const values = symmetricEigen(vectors, n);
    for (let j = 0; j < n; j++) {
      if (j > 0) assert.ok(values[j]! >= values[j - 1]!);
      for (let i = 0; i < n; i++) {
        let product = 0;
        let angle = 0;
        for (let c = 0; c < n; c++) {
          product += matrix[i * n + c]! * vectors[c * n + j]!;
          angle += vectors[c * n + i]! * vectors[c * n + j]!;
        }
        assert.ok(Math.abs(product - values[j]! * vectors[i * n + j]!) < 1e-13);
        assert.ok(Math.abs(angle - (i === j ? 1 : 0)) < 1e-13);
      }
    }
  });
}

test("Lanczos finds the same largest pairs, with restarts, and beside a vector that is known", () => {
  const n = 300;
  const matrix = symmetric(n, 2);
  const vectors = matrix.slice();
  const values = symmetricEigen(vectors, n);
  const apply = (x: Float32Array, out: Float64Array): void => {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let c = 0; c < n; c++) sum += matrix[i * n + c]! * x[c]!;
      out[i] = sum;
    }
  };
  const options = { count: 3, basis: 20, tolerance: 1e-6, products: 5000, checkpoint: () => undefined };
  const known = Float32Array.from({ length: n }, (_, i) => vectors[i * n + n - 1]!);
  for (const [found, skipped] of [
    [largestEigenpairs({ size: n, apply }, options), 0],
    [largestEigenpairs({ size: n, apply }, { ...options, known }), 1],
  ] as const) {
    for (let r = 0; r < 3; r++) {
      const at = n - 1 - r - skipped;
      assert.ok(Math.abs(found.values[r]! - values[at]!) < 1e-6);
      let along = 0;
      for (let i = 0; i < n; i++) along += found.vectors[r]![i]! * vectors[i * n + at]!;
      assert.ok(Math.abs(Math.abs(along) - 1) < 1e-6);
    }
  }
});
