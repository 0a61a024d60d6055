import type { CentredRows } from "../engine/centred-rows.ts";

/**
 * Sums and sizes of clusters, in float64, kept up to date from one labelling to the next: only rows that changed their
 * label are taken out of one sum and added to another. After the first iterations few rows change, and adding up all rows
 * again would cost more than the products when there are few clusters. What changes in a cluster is added four rows at a
 * time, in the order of the rows: a sum is then read and written a quarter as often.
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
    const k = this.sizes.length;
    /** Where the changes of each cluster begin. */
    const starts = new Int32Array(k + 1);
    let changed = 0;
    for (let i = 0; i < rows; i++) {
      const before = this.#labels[i]!;
      const after = labels[i]!;
      if (before === after) continue;
      changed++;
      starts[after + 1]!++;
      this.sizes[after]!++;
      if (before < 0) continue;
      starts[before + 1]!++;
      this.sizes[before]!--;
    }
    for (let j = 0; j < k; j++) starts[j + 1]! += starts[j]!;
    const changes = new Int32Array(starts[k]!);
    const next = starts.slice();
    for (let i = 0; i < rows; i++) {
      const before = this.#labels[i]!;
      const after = labels[i]!;
      if (before === after) continue;
      changes[next[after]!++] = i;
      if (before >= 0) changes[next[before]!++] = ~i;
      this.#labels[i] = after;
    }
    for (let j = 0; j < k; j++) {
      // What an emptied cluster's sum keeps is rounding only.
      if (this.sizes[j] === 0) this.sums.fill(0, j * cols, (j + 1) * cols);
      else this.#add(j, changes.subarray(starts[j], starts[j + 1]));
    }
    return changed;
  }

  /** @param changes a row that came, or ~row of one that left */
  #add(cluster: number, changes: Int32Array): void {
    const { data, cols } = this.#x;
    const sums = this.sums.subarray(cluster * cols, (cluster + 1) * cols);
    let i = 0;
    for (; i + 3 < changes.length; i += 4) {
      const [c0, c1, c2, c3] = [changes[i]!, changes[i + 1]!, changes[i + 2]!, changes[i + 3]!];
      const [p0, p1, p2, p3] = [at(c0, cols), at(c1, cols), at(c2, cols), at(c3, cols)];
      const [s0, s1, s2, s3] = [sign(c0), sign(c1), sign(c2), sign(c3)];
      for (let c = 0; c < cols; c++) {
        sums[c]! += s0 * data[p0 + c]! + s1 * data[p1 + c]! + (s2 * data[p2 + c]! + s3 * data[p3 + c]!);
      }
    }
    for (; i < changes.length; i++) {
      const p = at(changes[i]!, cols);
      const s = sign(changes[i]!);
      for (let c = 0; c < cols; c++) sums[c]! += s * data[p + c]!;
    }
  }
}

function at(change: number, cols: number): number {
  return (change < 0 ? ~change : change) * cols;
}

function sign(change: number): number {
  return change < 0 ? -1 : 1;
}
