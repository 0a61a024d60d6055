import { type CentredRows, centreRows, squaredNorms } from "../engine/centred-rows.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import type { Metric } from "../metric.ts";
import { scrambled } from "../random.ts";
import { centredDirections } from "./centred-directions.ts";

/**
 * Rows prepared so that float32 products say safely which pairs cannot be near, and float64 says exactly how near the
 * others are.
 *
 * With `low` for the squared lengths, product + low[i] is never above the squared distance: each length is made shorter by
 * the share that rounding can take, (cols + 24) · 2^-24 (the classical bound of a sum of products, Higham 2002, §3.1, and
 * the roundings of centring, of the lengths and of the sums), so a pair that is not below a bound here is not below it.
 *
 * Squared distances are between centred rows times `scale`, a power of two. Under the cosine metric rows have length 1,
 * and the squared distance is twice the cosine distance.
 */
export class PairRows {
  readonly metric: Metric;
  readonly rows: number;
  readonly cols: number;
  readonly centred: CentredRows;
  /** The data of `centred`, float32 [paddedRows, cols]; zeros after `rows`. */
  readonly products: Float32Array;
  /** float32 [paddedRows]; Infinity after `rows`, so that padding is near nothing. */
  readonly low: Float32Array;
  /** Share of the squared lengths that `low` leaves out; low + 2 · slack · lengths is safely above. */
  readonly slack: number;
  /** A power of two that keeps squares within float32. */
  readonly scale: number;
  readonly #data: Float32Array;
  /** 1 / length of each row under cosine, else empty. */
  readonly #inverse: Float64Array;

  /** @throws what checkMatrix throws, and `zero_vector` */
  constructor(x: Matrix, metric: Metric, paddedRows: number) {
    checkMatrix(x, "x");
    this.metric = metric;
    this.rows = x.rows;
    this.cols = x.cols;
    this.#data = x.data;
    if (metric === "cosine") {
      const { inverse, ...directions } = centredDirections(x, paddedRows);
      this.centred = directions;
      this.#inverse = inverse;
    } else {
      this.centred = centreRows(x, paddedRows);
      this.#inverse = new Float64Array(0);
    }
    this.products = this.centred.data;
    this.scale = this.centred.scale;
    this.slack = (x.cols + 24) * 2 ** -24;
    this.low = Float32Array.from(squaredNorms(this.products, x.cols), (norm) => norm * (1 - this.slack));
    this.low.fill(Infinity, x.rows);
  }

  /** Squared distance of rows i and j in float64, times scale²; the same bits for j and i. */
  squared(i: number, j: number): number {
    const data = this.#data;
    const { cols } = this;
    let a = i * cols;
    let b = j * cols;
    const end = a + cols;
    const rest = end - (cols & 3);
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    if (this.metric === "euclidean") {
      // Four sums: one would wait for each addition.
      for (; a < rest; a += 4, b += 4) {
        const d0 = data[a]! - data[b]!;
        const d1 = data[a + 1]! - data[b + 1]!;
        const d2 = data[a + 2]! - data[b + 2]!;
        const d3 = data[a + 3]! - data[b + 3]!;
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
      }
      for (; a < end; a++, b++) s0 += (data[a]! - data[b]!) ** 2;
    } else {
      const u = this.#inverse[i]!;
      const v = this.#inverse[j]!;
      for (; a < rest; a += 4, b += 4) {
        const d0 = data[a]! * u - data[b]! * v;
        const d1 = data[a + 1]! * u - data[b + 1]! * v;
        const d2 = data[a + 2]! * u - data[b + 2]! * v;
        const d3 = data[a + 3]! * u - data[b + 3]! * v;
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
      }
      for (; a < end; a++, b++) s0 += (data[a]! * u - data[b]! * v) ** 2;
    }
    return (s0 + s1 + (s2 + s3)) * this.scale * this.scale;
  }

  /** Whether rows i and j of the input have the same values. */
  isEqual(i: number, j: number): boolean {
    const { cols } = this;
    for (let c = 0; c < cols; c++) if (this.#data[i * cols + c] !== this.#data[j * cols + c]) return false;
    return true;
  }

  /** The same 32-bit number for equal rows. */
  hash(i: number): number {
    const { cols, products } = this;
    let hash = 0;
    // Of the centred values, as 0 and -0 are equal but for their bits and centring takes the difference away or keeps it 0.
    for (let p = i * cols; p < (i + 1) * cols; p++)
      hash = scrambled(hash + products[p]! * 2 ** 31 + 0x9e3779b9);
    return hash >>> 0;
  }

  /** A distance in the metric's units of a squared one of `squared`. */
  distance(squared: number): number {
    const plain = squared / this.scale / this.scale;
    return this.metric === "cosine" ? plain / 2 : Math.sqrt(plain);
  }

  /** The inverse of `distance`. */
  fromDistance(distance: number): number {
    return (this.metric === "cosine" ? 2 * distance : distance * distance) * this.scale * this.scale;
  }
}
