/** The curve 1 / (1 + a x^(2b)): how far two points at distance x of the map belong together. */
export type Curve = { readonly a: number; readonly b: number };

const POINTS = 300;

/**
 * The curve nearest, by least squares at 300 distances from 0 to 3 * spread, to 1 up to `minDist` and exp(-(x - minDist) / spread)
 * beyond (umap-learn's find_ab_params). Levenberg and Marquardt's iteration from a = b = 1, in float64.
 */
export function curveParameters(spread: number, minDist: number): Curve {
  const xs = Float64Array.from({ length: POINTS }, (_, i) => (3 * spread * i) / (POINTS - 1));
  const wanted = xs.map((x) => (x < minDist ? 1 : Math.exp(-(x - minDist) / spread)));
  let a = 1;
  let b = 1;
  let damping = 1e-3;
  let error = squaredError(xs, wanted, a, b);
  for (let step = 0; step < 500 && damping < 1e12; step++) {
    const { aa, ab, bb, ra, rb } = normalEquations(xs, wanted, a, b);
    const p = aa * (1 + damping);
    const q = bb * (1 + damping);
    const determinant = p * q - ab * ab;
    if (!(determinant > 0)) break;
    const nextA = a + (q * ra - ab * rb) / determinant;
    const nextB = b + (p * rb - ab * ra) / determinant;
    const next = squaredError(xs, wanted, nextA, nextB);
    if (next < error) {
      const gained = error - next;
      [a, b, error] = [nextA, nextB, next];
      damping /= 10;
      if (gained <= 1e-16 * error) break;
    } else {
      damping *= 10;
    }
  }
  return { a, b };
}

function squaredError(xs: Float64Array, wanted: Float64Array, a: number, b: number): number {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total += (1 / (1 + a * xs[i]! ** (2 * b)) - wanted[i]!) ** 2;
  return Number.isFinite(total) ? total : Infinity;
}

/** Jᵀ J and Jᵀ r of the residuals wanted - curve. */
function normalEquations(xs: Float64Array, wanted: Float64Array, a: number, b: number) {
  let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0];
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i]!;
    if (x === 0) continue; // the curve is 1 there whatever a and b are
    const power = x ** (2 * b);
    const value = 1 / (1 + a * power);
    const byA = -power * value * value;
    const byB = byA * a * 2 * Math.log(x);
    const residual = wanted[i]! - value;
    aa += byA * byA;
    ab += byA * byB;
    bb += byB * byB;
    ra += byA * residual;
    rb += byB * residual;
  }
  return { aa, ab, bb, ra, rb };
}
