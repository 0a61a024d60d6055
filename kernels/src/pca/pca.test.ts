import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { largestEigenpairs } from "../linear/symmetric-eigen.ts";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { alignCoordinates } from "./align-coordinates.ts";
import { applyPca, pca } from "./pca.ts";
import { whitenRows } from "./whiten-rows.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

/** Columns of falling spread, mixed by neighbours. */
function slanted(rows: number, cols: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    let last = 0;
    for (let c = 0; c < cols; c++) {
      last = 0.5 * last + (random.uniform() - 0.5) / (1 + c);
      data[i * cols + c] = last;
    }
  }
  return { data, rows, cols };
}

function distance(m: Matrix, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < m.cols; c++) sum += (m.data[a * m.cols + c]! - m.data[b * m.cols + c]!) ** 2;
  return Math.sqrt(sum);
}

test("points on a line, by hand", async () => {
  // Along (3, 4) / 5 at -10, 0, 10; the larger entry is positive.
  const x = matrix([-5, -7], [1, 1], [7, 9]);
  const { model, coordinates, explainedVarianceRatio, singularValues } = await pca(x, { nComponents: 1 });
  model.components.forEach((value, c) => assert.ok(Math.abs(value - [0.6, 0.8][c]!) < 1e-6));
  [-10, 0, 10].forEach((value, i) => assert.ok(Math.abs(coordinates.data[i]! - value) < 1e-5));
  assert.ok(Math.abs(model.explainedVariance[0]! - 100) < 1e-4);
  assert.ok(Math.abs(singularValues[0]! - Math.sqrt(200)) < 1e-5);
  assert.ok(Math.abs(explainedVarianceRatio[0]! - 1) < 1e-6);
});

test("all components keep all distances and turn back to the rows", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 60 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(100),
      async (rows, cols, seed) => {
        const x = slanted(rows, cols, seed);
        const { coordinates, model } = await pca(x);
        const count = Math.min(rows, cols);
        for (let i = 1; i < rows; i++) {
          assert.ok(Math.abs(distance(coordinates, 0, i) - distance(x, 0, i)) < 1e-5);
        }
        for (let a = 0; a < count; a++) {
          for (let b = 0; b <= a; b++) {
            let along = 0;
            for (let c = 0; c < cols; c++)
              along += model.components[a * cols + c]! * model.components[b * cols + c]!;
            assert.ok(Math.abs(along - (a === b ? 1 : 0)) < 1e-9, `components ${a} and ${b}`);
          }
        }
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

test("the same bytes for any number of threads, exact and by random subspaces", async () => {
  const bytes = (array: Float32Array | Float64Array): string => Buffer.from(array.buffer).toString("base64");
  for (const [rows, cols] of [
    [5000, 130],
    [2049, 70],
    [4100, 3],
    [70, 200],
  ] as const) {
    const x = slanted(rows, cols, rows);
    for (const method of ["exact", "randomized"] as const) {
      const options = { nComponents: 3, method, seed: 4 } as const;
      const expected = await pca(x, { ...options, threads: 1 });
      for (const threads of [2, 4]) {
        const got = await pca(x, { ...options, threads });
        assert.equal(bytes(got.coordinates.data), bytes(expected.coordinates.data), `${rows} x ${cols}`);
        assert.equal(bytes(got.model.components), bytes(expected.model.components));
      }
    }
  }
});

test("random subspaces find what the exact components are, and say that they are approximate", async () => {
  const x = slanted(3000, 60, 7);
  const exact = await pca(x, { nComponents: 4 });
  const random = await pca(x, { nComponents: 4, method: "randomized" });
  assert.deepEqual([exact.approximate, random.approximate], [false, true]);
  exact.model.explainedVariance.forEach((value, r) =>
    assert.ok(Math.abs(random.model.explainedVariance[r]! / value - 1) < 1e-5),
  );
  exact.model.components.forEach((value, p) =>
    assert.ok(Math.abs(value - random.model.components[p]!) < 2e-3, `${p}`),
  );
  assert.ok(Math.abs(exact.noiseVariance / random.noiseVariance - 1) < 1e-3);
});

test("whitened, what has no variance is not larger than what has, and very small values become ordinary", async () => {
  const x = slanted(400, 4, 5);
  const data = new Float32Array(400 * 5);
  for (let i = 0; i < 400; i++) {
    data.set(x.data.subarray(i * 4, i * 4 + 4), i * 5);
    data[i * 5 + 4] = 3 * x.data[i * 4]!;
  }
  for (const factor of [1, 1e-30, 1e-42]) {
    const small = { data: data.map((value) => value * factor), rows: 400, cols: 5 };
    const { coordinates } = await pca(small, { whiten: true });
    const first = coordinates.data.filter((_, p) => p % 5 === 0);
    assert.ok(Math.abs(first.reduce((sum, value) => sum + value * value, 0) / 399 - 1) < 0.01);
    assert.ok(
      coordinates.data.every((value) => Math.abs(value) < 10),
      `times ${factor}`,
    );
  }
});

test("whitened columns have variance 1 and no correlation; directions without variance are left out", async () => {
  const wide = slanted(500, 6, 3);
  // A seventh column that is the sum of two others has no direction of its own.
  const data = new Float32Array(500 * 7);
  for (let i = 0; i < 500; i++) {
    data.set(wide.data.subarray(i * 6, i * 6 + 6), i * 7);
    data[i * 7 + 6] = wide.data[i * 6]! + wide.data[i * 6 + 1]!;
  }
  const x = { data, rows: 500, cols: 7 };
  const { rows, model } = await whitenRows(x);
  assert.equal(rows.cols, 6);
  for (let a = 0; a < 6; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < 500; i++) sum += rows.data[i * 6 + a]! * rows.data[i * 6 + b]!;
      assert.ok(Math.abs(sum / 499 - (a === b ? 1 : 0)) < 1e-3, `columns ${a} and ${b}: ${sum / 499}`);
    }
  }
  const again = await applyPca(model, x);
  again.data.forEach((value, p) => assert.ok(Math.abs(value - rows.data[p]!) < 1e-4));
});

describe("degenerate rows", () => {
  test("all equal, two rows, values far from the origin, tiny and huge ones", async () => {
    const equal = await pca(matrix([3, 1], [3, 1], [3, 1]));
    assert.deepEqual([...equal.coordinates.data], [0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...equal.explainedVarianceRatio], [0, 0]);
    assert.equal((await whitenRows(matrix([3, 1], [3, 1], [3, 1]))).rows.cols, 1);
    const two = await pca(matrix([0, 0], [3, 4]), { nComponents: 2 });
    assert.ok(Math.abs(two.model.explainedVariance[0]! - 12.5) < 1e-5);
    assert.ok(two.model.explainedVariance[1]! < 1e-6);
    for (const [factor, offset] of [
      [1e30, 0],
      [1e-30, 0],
      [1, 4096],
    ] as const) {
      const x = slanted(300, 5, 2);
      const changed = {
        ...x,
        data: x.data.map((value) => Math.fround(Math.fround(value) * factor) + offset),
      };
      const expected = (await pca(x)).model.explainedVariance;
      (await pca(changed)).model.explainedVariance.forEach((value, r) =>
        assert.ok(Math.abs(value / factor ** 2 - expected[r]!) < 1e-3 * expected[0]!, `${factor}, ${offset}`),
      );
    }
  });

  test("of many rows only some are looked at before: what is large or not finite elsewhere is found", async () => {
    const x = slanted(9000, 50, 3);
    x.data[50 * 4321 + 7] = 1e30;
    const { model, explainedVarianceRatio } = await pca(x, { nComponents: 1 });
    assert.ok(Math.abs(model.components[7]! - 1) < 1e-6);
    assert.ok(Math.abs(model.explainedVariance[0]! / (1e60 / 9000) - 1) < 1e-3);
    assert.ok(Math.abs(explainedVarianceRatio[0]! - 1) < 1e-6);
    x.data[50 * 4321 + 7] = NaN;
    await assert.rejects(pca(x, { nComponents: 1 }), { code: "not_finite", message: /row 4321, column 7/ });
  });

  test("refuses what has no components", async () => {
    const refused = (x: Matrix, options: object, code: string) =>
      assert.rejects(pca(x, options), { name: "KernelError", code });
    await refused(matrix([1, 2]), {}, "too_few_points");
    await refused(matrix([1, 2], [NaN, 1]), {}, "not_finite");
    await refused(matrix([1, 2], [3, 1]), { nComponents: 3 }, "bad_parameter");
    await refused(matrix([1, 2], [3, 1]), { method: "lapack" }, "bad_parameter");
    await refused(matrix([1, 2], [3, 1]), { signal: AbortSignal.abort() }, "canceled");
    const { model } = await pca(matrix([1, 2], [3, 1]));
    await assert.rejects(applyPca(model, matrix([1])), { code: "shape_mismatch" });
  });
});

test("eigenvectors of matrices with equal eigenvalues, zeros and splits", () => {
  const random = Random.seeded(2);
  const diagonal = (values: number[]) =>
    Float64Array.from({ length: values.length ** 2 }, (_, p) =>
      p % (values.length + 1) === 0 ? values[p / (values.length + 1)]! : 0,
    );
  const dense = (n: number) => {
    const a = new Float64Array(n * n);
    for (let r = 0; r < n; r++)
      for (let c = 0; c <= r; c++) a[r * n + c] = a[c * n + r] = random.uniform() - 0.5;
    return a;
  };
  for (const [n, a] of [
    [4, diagonal([2, 2, 5, -1])],
    [3, new Float64Array(9)],
    [3, new Float64Array(9).fill(1)],
    [1, Float64Array.of(-2)],
    [12, diagonal([5, 5, 5, 5, 1, 1, 0, 0, 0, -3, -3, -9])],
    [40, dense(40)],
    [65, dense(65)],
  ] as const) {
    for (const count of [1, Math.ceil(n / 4), n]) {
      const { values, vectors } = largestEigenpairs(a.slice(), n, count);
      for (let r = 0; r < count; r++) {
        if (r > 0) assert.ok(values[r]! <= values[r - 1]!);
        for (let i = 0; i < n; i++) {
          let image = 0;
          for (let c = 0; c < n; c++) image += a[i * n + c]! * vectors[r * n + c]!;
          assert.ok(Math.abs(image - values[r]! * vectors[r * n + i]!) < 1e-11);
        }
        for (let b = 0; b <= r; b++) {
          let along = 0;
          for (let c = 0; c < n; c++) along += vectors[r * n + c]! * vectors[b * n + c]!;
          assert.ok(Math.abs(along - (r === b ? 1 : 0)) < 1e-10);
        }
      }
    }
  }
});

describe("alignment", () => {
  test("undoes any turn, mirror, move and stretch of a map", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 4 }), fc.boolean(), (seed, cols, scale) => {
        const previous = slanted(40, cols, seed);
        const random = Random.seeded(seed);
        const a = new Float64Array(cols * cols);
        for (let r = 0; r < cols; r++)
          for (let c = 0; c <= r; c++) a[r * cols + c] = a[c * cols + r] = random.uniform();
        const turn = largestEigenpairs(a, cols, cols).vectors;
        const data = new Float32Array(40 * cols);
        for (let i = 0; i < 40; i++) {
          for (let c = 0; c < cols; c++) {
            let value = 0;
            for (let r = 0; r < cols; r++) value += previous.data[i * cols + r]! * turn[c * cols + r]!;
            data[i * cols + c] = value * (scale ? 3 : 1) + 7;
          }
        }
        const pairs = Array.from({ length: 20 }, (_, i) => [i * 2, i * 2] as const);
        const aligned = alignCoordinates(previous, { ...previous, data }, pairs, { scale });
        assert.ok(aligned.residual < 1e-5);
        aligned.coordinates.data.forEach((value, p) => assert.ok(Math.abs(value - previous.data[p]!) < 1e-4));
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test("one pair moves only; refuses pairs that are none", () => {
    const map = matrix([0, 0], [1, 2]);
    const { coordinates, residual } = alignCoordinates(matrix([5, 5]), map, [[0, 0]]);
    assert.deepEqual([...coordinates.data.subarray(0, 2), residual], [5, 5, 0]);
    assert.ok(Math.abs(distance(coordinates, 0, 1) - Math.sqrt(5)) < 1e-6);
    assert.throws(() => alignCoordinates(map, map, []), { code: "too_few_points" });
    assert.throws(() => alignCoordinates(map, map, [[0, 2]]), { code: "bad_parameter" });
    assert.throws(() => alignCoordinates(map, matrix([1]), [[0, 0]]), { code: "shape_mismatch" });
  });
});
