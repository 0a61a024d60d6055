import { Random } from "../random.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** A symmetric operator on vectors of `size` values: out = A x. */
export type Operator = {
  readonly size: number;
  readonly apply: (x: Float32Array, out: Float64Array) => void;
};

export type LanczosOptions = {
  /** Wanted pairs; fewer come back if the space has not as many. */
  readonly count: number;
  /** Vectors kept at once. */
  readonly basis: number;
  /** A pair is found when |A x - λ x| is at most this. */
  readonly tolerance: number;
  /** Most products with A; what is not found by then is returned as near as it came. */
  readonly products: number;
  /** An eigenvector known before, of length 1: the pairs are sought at right angles to it. */
  readonly known?: Float32Array;
  readonly checkpoint: () => void;
};

/** Largest first; vectors have length 1 and their largest value (the first at a tie) is positive. */
export type Eigenpairs = { readonly values: Float64Array; readonly vectors: Float64Array[] };

/**
 * The algebraically largest eigenpairs by Lanczos' iteration with thick restarts (Wu and Simon 2000), every new vector made
 * orthogonal to all others twice. The basis is float32, sums are float64: pairs come within 1e-6, enough to start a layout.
 * The start is the same for every seed, so maps of different seeds start alike.
 */
export function largestEigenpairs(operator: Operator, options: LanczosOptions): Eigenpairs {
  const { size, apply } = operator;
  const { known, tolerance, checkpoint } = options;
  const space = size - (known === undefined ? 0 : 1);
  const m = Math.min(space, options.basis);
  const count = Math.min(options.count, m);
  const kept = Math.min(m - 1, count + Math.ceil((m - count) / 4));
  const random = Random.seeded(0);
  const basis = Array.from({ length: m + 1 }, () => new Float32Array(size));
  const product = new Float64Array(size);
  const projected = new Float64Array(m * m);
  drawInto(basis[0]!, [], known, random);
  let from = 0;
  for (let products = 0; ;) {
    let residual = 0;
    for (let j = from; j < m; j++) {
      if (products % 8 === 0) checkpoint();
      apply(basis[j]!, product);
      products++;
      const along = orthogonalize(product, basis, j + 1, known);
      projected[j * m + j] = along;
      residual = Math.sqrt(dot(product, product));
      // Nothing is left to look at: the basis spans a space that A does not leave.
      if (residual < 1e-10) {
        residual = 0;
        drawInto(basis[j + 1]!, basis.slice(0, j + 1), known, random);
      } else {
        for (let i = 0; i < size; i++) basis[j + 1]![i] = product[i]! / residual;
      }
      if (j + 1 < m) projected[j * m + j + 1] = projected[(j + 1) * m + j] = residual;
    }
    const rotation = projected.slice();
    const values = symmetricEigen(rotation, m);
    const last = (r: number): number => residual * rotation[(m - 1) * m + (m - 1 - r)]!;
    let found = 0;
    while (found < count && Math.abs(last(found)) <= tolerance) found++;
    if (found === count || products >= options.products || m === space) {
      const vectors = combine(basis, rotation, m, count);
      return {
        values: Float64Array.from({ length: count }, (_, r) => values[m - 1 - r]!),
        vectors: vectors.map(oriented),
      };
    }
    const ritz = combine(basis, rotation, m, kept);
    projected.fill(0);
    for (const [r, vector] of ritz.entries()) {
      basis[r]!.set(vector);
      projected[r * m + r] = values[m - 1 - r]!;
      projected[r * m + kept] = projected[kept * m + r] = last(r);
    }
    basis[kept]!.set(basis[m]!);
    from = kept;
  }
}

/** Takes off what lies along the first `count` vectors, twice; returns how much lay along the last of them. */
function orthogonalize(
  x: Float64Array,
  basis: readonly Float32Array[],
  count: number,
  known: Float32Array | undefined,
): number {
  let along = 0;
  for (let pass = 0; pass < 2; pass++) {
    if (known !== undefined) takeOff(x, known);
    for (let i = 0; i < count; i++) {
      const part = takeOff(x, basis[i]!);
      if (i === count - 1) along += part;
    }
  }
  return along;
}

function takeOff(x: Float64Array, direction: Float32Array): number {
  const part = dot(x, direction);
  for (let i = 0; i < x.length; i++) x[i]! -= part * direction[i]!;
  return part;
}

/** Four sums side by side: one alone waits for each addition before the next. */
function dot(x: Float64Array, y: Float32Array | Float64Array): number {
  let [s, t, u, v] = [0, 0, 0, 0];
  const whole = x.length - (x.length % 4);
  for (let i = 0; i < whole; i += 4) {
    s += x[i]! * y[i]!;
    t += x[i + 1]! * y[i + 1]!;
    u += x[i + 2]! * y[i + 2]!;
    v += x[i + 3]! * y[i + 3]!;
  }
  for (let i = whole; i < x.length; i++) s += x[i]! * y[i]!;
  return s + t + (u + v);
}

function drawInto(
  out: Float32Array,
  others: readonly Float32Array[],
  known: Float32Array | undefined,
  random: Random,
): void {
  const drawn = Float64Array.from(out, () => random.uniform() - 0.5);
  orthogonalize(drawn, others, others.length, known);
  const length = Math.sqrt(dot(drawn, drawn));
  for (let i = 0; i < out.length; i++) out[i] = length === 0 ? 0 : drawn[i]! / length;
}

/** The first `count` Ritz vectors, largest value first. */
function combine(
  basis: readonly Float32Array[],
  rotation: Float64Array,
  m: number,
  count: number,
): Float64Array[] {
  return Array.from({ length: count }, (_, r) => {
    const out = new Float64Array(basis[0]!.length);
    for (let j = 0; j < m; j++) {
      const share = rotation[j * m + (m - 1 - r)]!;
      const direction = basis[j]!;
      for (let i = 0; i < out.length; i++) out[i]! += share * direction[i]!;
    }
    return out;
  });
}

function oriented(vector: Float64Array): Float64Array {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? vector.map((value) => -value) : vector;
}
