import type { Matrix } from "../matrix.ts";
import type { PairRows } from "../pairs/pair-rows.ts";

/**
 * The clusters that are left. A cluster is named by its lowest row: centroids in float64, sizes and heights stand there.
 * Its float32 centroid for products has a place, and places move together as clusters vanish.
 */
export class WardClusters {
  readonly cols: number;
  /** Rows in the cluster of each name, 0 for a row that names none. float64 [rows] */
  readonly sizes: Float64Array;
  /** Squared height at which each cluster was made, float64 [rows]. */
  readonly heights: Float64Array;
  /** float32 [places, cols] */
  readonly products: Float32Array;
  /** As PairRows.low, of each place; Infinity for an empty one. */
  readonly low: Float32Array;
  /** Name and size of each place's cluster; size 0 for an empty place. */
  readonly nameAt: Int32Array;
  readonly sizeAt: Float64Array;
  /** Places in use, some of them empty. */
  places: number;
  /** Clusters left. */
  count: number;
  readonly #placeOf: Int32Array;
  /** For a row that names no cluster any more, one that its cluster went into. */
  readonly #into: Int32Array;
  readonly #slack: number;
  /** float64 [rows, cols] */
  readonly #centroids: Float64Array;
  /** What a centroid's product row has less, float64 [cols]. */
  readonly #offset: Float64Array;

  /** @param rows of `x`; taken over, as products are overwritten */
  constructor(x: Matrix, rows: PairRows) {
    this.cols = x.cols;
    this.count = this.places = x.rows;
    this.products = rows.products;
    this.low = rows.low;
    this.#slack = rows.slack;
    this.sizes = new Float64Array(x.rows).fill(1);
    this.sizeAt = new Float64Array(x.rows).fill(1);
    this.heights = new Float64Array(x.rows);
    this.nameAt = Int32Array.from({ length: x.rows }, (_, row) => row);
    this.#placeOf = this.nameAt.slice();
    this.#into = this.nameAt.slice();
    // From the first row and not from the mean: that is exact for most float32 data and keeps equal distances equal.
    const { data, cols } = x;
    const { mean, scale } = rows.centred;
    this.#centroids = new Float64Array(data.length);
    for (let i = 0; i < x.rows; i++) {
      for (let c = 0; c < cols; c++) this.#centroids[i * cols + c] = (data[i * cols + c]! - data[c]!) * scale;
    }
    this.#offset = mean.map((value, c) => (value - data[c]!) * scale);
  }

  /** Ward's distance, squared: 2 |A||B| / (|A| + |B|) times the squared distance of the centroids. */
  squared(a: number, b: number): number {
    const { cols, sizes } = this;
    const values = this.#centroids;
    let p = a * cols;
    let q = b * cols;
    const end = p + cols;
    const rest = end - (cols & 3);
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    // In the order of PairRows.squared, which measured the single rows.
    for (; p < rest; p += 4, q += 4) {
      const d0 = values[p]! - values[q]!;
      const d1 = values[p + 1]! - values[q + 1]!;
      const d2 = values[p + 2]! - values[q + 2]!;
      const d3 = values[p + 3]! - values[q + 3]!;
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    for (; p < end; p++, q++) s0 += (values[p]! - values[q]!) ** 2;
    return ((2 * sizes[a]! * sizes[b]!) / (sizes[a]! + sizes[b]!)) * (s0 + s1 + (s2 + s3));
  }

  /** The cluster that `name`'s cluster has become part of. */
  find(name: number): number {
    const into = this.#into;
    let at = name;
    while (into[at] !== at) at = into[at] = into[into[at]!]!;
    return at;
  }

  placeOf(name: number): number {
    return this.#placeOf[name]!;
  }

  /** Makes b part of a; a < b. */
  merge(a: number, b: number, height: number): void {
    const { cols, sizes, products } = this;
    const values = this.#centroids;
    const share = sizes[b]! / (sizes[a]! + sizes[b]!);
    const place = this.#placeOf[a]!;
    let norm = 0;
    for (let c = 0; c < cols; c++) {
      const value = values[a * cols + c]! + share * (values[b * cols + c]! - values[a * cols + c]!);
      values[a * cols + c] = value;
      const rounded = Math.fround(value - this.#offset[c]!);
      products[place * cols + c] = rounded;
      norm += rounded * rounded;
    }
    sizes[a]! += sizes[b]!;
    sizes[b] = 0;
    this.heights[a] = height;
    this.#into[b] = a;
    this.low[place] = norm * (1 - this.#slack);
    this.sizeAt[place] = sizes[a]!;
    this.low[this.#placeOf[b]!] = Infinity;
    this.sizeAt[this.#placeOf[b]!] = 0;
    this.count--;
  }

  /** Moves clusters together once enough places are empty. */
  compact(): void {
    if (this.count > 0.9 * this.places) return;
    const { cols, low, sizeAt, nameAt, products } = this;
    let to = 0;
    for (let from = 0; from < this.places; from++) {
      if (sizeAt[from] === 0) continue;
      if (to < from) {
        products.copyWithin(to * cols, from * cols, (from + 1) * cols);
        low[to] = low[from]!;
        sizeAt[to] = sizeAt[from]!;
        nameAt[to] = nameAt[from]!;
        this.#placeOf[nameAt[to]!] = to;
      }
      to++;
    }
    this.places = to;
  }
}
