import type { CentredRows } from "../engine/centred-rows.ts";

/**
 * Sums and sizes of clusters, in float64, kept up to date from one labelling to the next: only rows that changed their
 * label are taken out of one sum and added to another, in the order of the rows. After the first iterations few rows
 * change, and adding up all rows again would cost more than the products when there are few clusters.
 */
export class ClusterSums {
  /** float64 [k, cols] */
  readonly sums: Float64Array;
  /** [k] */
  readonly sizes: Int32Array;
  readonly #x: CentredRows;
  /** [rows], -1 before the first update. */
  readonly #labels: Int32Array;

  constructor(x: CentredRows, k: number) {
    this.#x = x;
    this.sums = new Float64Array(k * x.cols);
    this.sizes = new Int32Array(k);
    this.#labels = new Int32Array(x.rows).fill(-1);
  }

  /** Takes over `labels` [at least rows] and returns how many rows changed theirs. */
  update(labels: Int32Array): number {
    const { rows, cols } = this.#x;
    let changed = 0;
    for (let i = 0; i < rows; i++) {
      const before = this.#labels[i]!;
      const after = labels[i]!;
      if (before === after) continue;
      changed++;
      this.#labels[i] = after;
      if (before >= 0) this.#move(i, before, -1);
      this.#move(i, after, 1);
    }
    // What an emptied cluster's sum keeps is rounding only.
    for (const [j, size] of this.sizes.entries()) {
      if (size === 0) this.sums.fill(0, j * cols, (j + 1) * cols);
    }
    return changed;
  }

  #move(row: number, cluster: number, sign: 1 | -1): void {
    const { data, cols } = this.#x;
    const { sums } = this;
    const from = row * cols;
    const to = cluster * cols;
    this.sizes[cluster]! += sign;
    for (let c = 0; c < cols; c++) sums[to + c]! += sign * data[from + c]!;
  }
}
