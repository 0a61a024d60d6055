import type { PairRows } from "../pairs/pair-rows.ts";
import type { Matrix } from "../matrix.ts";

/**
 * The clusters that are left, as centroids: float64 for exact distances, float32 for products. Clusters stand in slots
 * 0 to `count` - 1; slots of clusters that were merged away are empty until compact().
 */
export class WardClusters {
  readonly cols: number;
  /** float32 [rows, cols] */
  readonly products: Float32Array;
  /** As PairRows.low; Infinity for empty slots. float32 [rows] */
  readonly low: Float32Array;
  readonly slack: number;
  /** Rows in each slot's cluster, 0 for an empty one. float64, as it is a factor. */
  readonly sizes: Float64Array;
  /** The lowest row of each slot's cluster, which names it. */
  readonly names: Int32Array;
  /** Height at which each cluster was made, squared. */
  readonly heights: Float64Array;
  readonly #centroids: Float64Array;
  /** What a centroid's product row has less, float64 [cols]. */
  readonly #offset: Float64Array;
  count: number;

  /** @param rows of `x`, which are taken over: float32 products are overwritten */
  constructor(x: Matrix, rows: PairRows) {
    this.cols = x.cols;
    this.count = x.rows;
    this.products = rows.products;
    this.low = rows.low;
    this.slack = rows.slack;
    this.sizes = new Float64Array(rows.low.length).fill(1, 0, x.rows);
    this.names = Int32Array.from({ length: x.rows }, (_, row) => row);
    this.heights = new Float64Array(x.rows);
    // From the first row and not from the mean: that is exact for most float32 data and keeps equal distances equal.
    const { cols } = x;
    const { mean, scale } = rows.centred;
    this.#centroids = Float64Array.from(x.data, (value, p) => (value - x.data[p % cols]!) * scale);
    this.#offset = mean.map((value, c) => (value - x.data[c]!) * scale);
  }

  /** Ward's distance, squared: 2 |A||B| / (|A| + |B|) times the squared distance of the centroids. */
  squared(a: number, b: number): number {
    const { cols, sizes } = this;
    const centroids = this.#centroids;
    let sum0 = 0;
    let sum1 = 0;
    let p = a * cols;
    let q = b * cols;
    const end = p + cols - 1;
    for (; p < end; p += 2, q += 2) {
      const d0 = centroids[p]! - centroids[q]!;
      const d1 = centroids[p + 1]! - centroids[q + 1]!;
      sum0 += d0 * d0;
      sum1 += d1 * d1;
    }
    if (p === end) sum0 += (centroids[p]! - centroids[q]!) ** 2;
    return ((2 * sizes[a]! * sizes[b]!) / (sizes[a]! + sizes[b]!)) * (sum0 + sum1);
  }

  /** Puts the union of two clusters in the first one's slot. */
  merge(a: number, b: number, height: number): void {
    const { cols, sizes, products } = this;
    const centroids = this.#centroids;
    const share = sizes[b]! / (sizes[a]! + sizes[b]!);
    let norm = 0;
    for (let c = 0; c < cols; c++) {
      const value = centroids[a * cols + c]! + share * (centroids[b * cols + c]! - centroids[a * cols + c]!);
      centroids[a * cols + c] = value;
      const rounded = Math.fround(value - this.#offset[c]!);
      products[a * cols + c] = rounded;
      norm += rounded * rounded;
    }
    this.low[a] = norm * (1 - this.slack);
    this.low[b] = Infinity;
    sizes[a]! += sizes[b]!;
    sizes[b] = 0;
    this.names[a] = Math.min(this.names[a]!, this.names[b]!);
    this.heights[a] = height;
  }

  /** Moves clusters into the empty slots before them, in order; returns the new slot of each old one, -1 if empty. */
  compact(): Int32Array {
    const { cols, count } = this;
    const moved = new Int32Array(count).fill(-1);
    let to = 0;
    for (let from = 0; from < count; from++) {
      if (this.sizes[from] === 0) continue;
      moved[from] = to;
      if (to < from) {
        this.products.copyWithin(to * cols, from * cols, (from + 1) * cols);
        this.#centroids.copyWithin(to * cols, from * cols, (from + 1) * cols);
        for (const values of [this.low, this.sizes, this.names, this.heights]) values[to] = values[from]!;
      }
      to++;
    }
    this.sizes.fill(0, to, count);
    this.low.fill(Infinity, to, count);
    this.count = to;
    return moved;
  }
}
