const EPSILON = 2 ** -52;

/** What a vector may miss its eigenvalue by, of the matrix's size. */
const RESIDUAL = 1e-13;
const MOST_STEPS = 5;

/**
 * Eigenvectors of a symmetric matrix of three diagonals for given eigenvalues, descending, by inverse iteration (Golub and
 * Van Loan 8.2.2; LAPACK's dstein): n steps a vector instead of the n² that rotating all of them along takes. Vectors are
 * made orthogonal to all before, as those of near eigenvalues are not by themselves.
 *
 * @param diagonal [n]
 * @param beside [n], entry i beside diagonal i and i + 1
 * @returns float64 [values.length, n], or undefined if one did not come near enough: then another way is needed
 */
export function tridiagonalVectors(
  diagonal: Float64Array,
  beside: Float64Array,
  values: Float64Array,
): Float64Array | undefined {
  const n = diagonal.length;
  const size = diagonal.reduce(
    (most, d, i) => Math.max(most, Math.abs(d) + Math.abs(beside[i]!) + Math.abs(beside[i - 1] ?? 0)),
    0,
  );
  if (size === 0) return undefined;
  const vectors = new Float64Array(values.length * n);
  let shift = Infinity;
  for (let r = 0; r < values.length; r++) {
    // Of equal eigenvalues each gets a place of its own, or all would find the same vector.
    shift = Math.min(values[r]!, shift - 10 * EPSILON * size);
    const factors = factorize(diagonal, beside, shift, EPSILON * size);
    const vector = vectors.subarray(r * n, (r + 1) * n);
    // Any start that is not orthogonal to it by design.
    for (let i = 0; i < n; i++) vector[i] = 1 + ((i * 7 + r * 3) % 11) / 11;
    let step = 0;
    do {
      if (step++ === MOST_STEPS) return undefined;
      solve(factors, vector);
      if (!orthonormalize(vectors, r, n)) return undefined;
    } while (residual(diagonal, beside, values[r]!, vector) > RESIDUAL * size);
  }
  return vectors;
}

type Factors = {
  /** The rows of U: its diagonal and the two beside. */
  readonly u0: Float64Array;
  readonly u1: Float64Array;
  readonly u2: Float64Array;
  readonly lower: Float64Array;
  readonly swapped: Uint8Array;
};

/** P (T - shift) = L U with partial pivoting; a pivot of 0 becomes `tiny`. */
function factorize(diagonal: Float64Array, beside: Float64Array, shift: number, tiny: number): Factors {
  const n = diagonal.length;
  const [u0, u1, u2, lower] = [
    new Float64Array(n),
    new Float64Array(n),
    new Float64Array(n),
    new Float64Array(n),
  ];
  const swapped = new Uint8Array(n);
  let d = diagonal[0]! - shift;
  let e = n > 1 ? beside[0]! : 0;
  for (let i = 0; i < n - 1; i++) {
    const below = beside[i]!;
    const nextDiagonal = diagonal[i + 1]! - shift;
    const nextBeside = i + 2 < n ? beside[i + 1]! : 0;
    if (Math.abs(d) >= Math.abs(below)) {
      if (d === 0) d = tiny;
      u0[i] = d;
      u1[i] = e;
      lower[i] = below / d;
      d = nextDiagonal - lower[i]! * e;
      e = nextBeside;
    } else {
      swapped[i] = 1;
      u0[i] = below;
      u1[i] = nextDiagonal;
      u2[i] = nextBeside;
      lower[i] = d / below;
      d = e - lower[i]! * nextDiagonal;
      e = -lower[i]! * nextBeside;
    }
  }
  u0[n - 1] = Math.abs(d) < tiny ? tiny : d;
  return { u0, u1, u2, lower, swapped };
}

function solve({ u0, u1, u2, lower, swapped }: Factors, b: Float64Array): void {
  const n = b.length;
  for (let i = 0; i < n - 1; i++) {
    if (swapped[i] === 1) {
      const first = b[i]!;
      b[i] = b[i + 1]!;
      b[i + 1] = first - lower[i]! * b[i]!;
    } else b[i + 1]! -= lower[i]! * b[i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = b[i]!;
    if (i + 1 < n) value -= u1[i]! * b[i + 1]!;
    if (i + 2 < n) value -= u2[i]! * b[i + 2]!;
    b[i] = value / u0[i]!;
  }
  // What has grown by 1 / eps again and again must not overflow.
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < n; i++) b[i]! /= largest;
}

/** Twice, as the first pass may leave rounding of what it took off. False if nothing was left. */
function orthonormalize(vectors: Float64Array, r: number, n: number): boolean {
  const own = r * n;
  for (let pass = 0; pass < 2; pass++) {
    for (let other = 0; other < own; other += n) {
      let along = 0;
      for (let i = 0; i < n; i++) along += vectors[other + i]! * vectors[own + i]!;
      for (let i = 0; i < n; i++) vectors[own + i]! -= along * vectors[other + i]!;
    }
    let squared = 0;
    for (let i = own; i < own + n; i++) squared += vectors[i]! ** 2;
    const length = Math.sqrt(squared);
    if (!(length > 1e-10 && length < Infinity)) return false;
    for (let i = own; i < own + n; i++) vectors[i]! /= length;
  }
  return true;
}

function residual(diagonal: Float64Array, beside: Float64Array, value: number, vector: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    let image = (diagonal[i]! - value) * vector[i]!;
    if (i > 0) image += beside[i - 1]! * vector[i - 1]!;
    if (i + 1 < vector.length) image += beside[i]! * vector[i + 1]!;
    largest = Math.max(largest, Math.abs(image));
  }
  return largest;
}
