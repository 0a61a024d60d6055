import type { PairRows } from "../pairs/pair-rows.ts";

/**
 * What an edge weighs: the mutual reachability max(core of a, core of b, distance / alpha), squared, in the units of
 * PairRows.squared. Edges of equal weight (the core of a row ties all edges that are shorter) go by their distance, then by
 * their rows, so that the tree is the same in whatever order edges are found and, but for equal distances, rows stand.
 */
export class Reachability {
  readonly rows: PairRows;
  /** Squared core distances, float64 [rows]; zeros give plain distances. */
  readonly cores: Float64Array;
  /** Factor of squared distances. */
  readonly factor: number;

  constructor(rows: PairRows, cores: Float64Array, alpha = 1) {
    this.rows = rows;
    this.cores = cores;
    this.factor = 1 / (rows.metric === "cosine" ? alpha : alpha * alpha);
  }

  weight(a: number, b: number, squared: number): number {
    return Math.max(this.cores[a]!, this.cores[b]!, squared * this.factor);
  }
}

/** For each component the lightest edge that leaves it. */
export class BestEdges {
  /** float64 [rows], at the component's root; Infinity if none was seen. */
  readonly weights: Float64Array;
  /** Squared distances of the edges, float64 [rows]. */
  readonly squared: Float64Array;
  /** int32 [rows] */
  readonly from: Int32Array;
  readonly to: Int32Array;

  constructor(rows: number) {
    this.weights = new Float64Array(rows);
    this.squared = new Float64Array(rows);
    this.from = new Int32Array(rows);
    this.to = new Int32Array(rows);
  }

  clear(): void {
    this.weights.fill(Infinity);
    this.squared.fill(Infinity);
  }

  offer(component: number, weight: number, squared: number, a: number, b: number): void {
    const { weights, squared: lengths, from, to } = this;
    if (weight > weights[component]!) return;
    if (weight === weights[component]!) {
      if (squared > lengths[component]!) return;
      if (squared === lengths[component]!) {
        const low = Math.min(a, b);
        const known = Math.min(from[component]!, to[component]!);
        if (low > known) return;
        if (low === known && Math.max(a, b) >= Math.max(from[component]!, to[component]!)) return;
      }
    }
    weights[component] = weight;
    lengths[component] = squared;
    from[component] = a;
    to[component] = b;
  }
}
