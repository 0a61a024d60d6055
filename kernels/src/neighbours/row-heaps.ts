/** For each row the `size` lowest of the values it was offered, as a heap with the highest on top. */
export class RowHeaps {
  readonly size: number;
  /** float32 [rows, size]; Infinity where nothing was offered yet. */
  readonly values: Float32Array;
  /** int32 [rows, size] */
  readonly indices: Int32Array;
  /**
   * The highest kept value of each row, float64 [paddedRows]; after `rows` -Infinity: nothing is wanted there. A caller who
   * knows that `size` lower values will be offered may lower it beforehand.
   */
  readonly tops: Float64Array;

  constructor(rows: number, size: number, paddedRows: number) {
    this.size = size;
    this.values = new Float32Array(rows * size).fill(Infinity);
    this.indices = new Int32Array(rows * size).fill(-1);
    this.tops = new Float64Array(paddedRows).fill(Infinity).fill(-Infinity, rows);
  }

  /** Keeps `index` if `value` is below the row's top; a value is kept as the float32 at or below it. */
  offer(row: number, index: number, value: number): void {
    if (!(value < this.tops[row]!)) return;
    const { values, indices, size } = this;
    const start = row * size;
    const rounded = roundedDown(value);
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && values[start + child + 1]! > values[start + child]!) child++;
      const above = values[start + child]!;
      if (above <= rounded) break;
      values[start + hole] = above;
      indices[start + hole] = indices[start + child]!;
      hole = child;
    }
    values[start + hole] = rounded;
    indices[start + hole] = index;
    this.tops[row] = Math.min(this.tops[row]!, values[start]!);
  }

  /** Positions of the row's entries in `values` and `indices`, lowest value first; entries never offered are left out. */
  sorted(row: number): number[] {
    const positions: number[] = [];
    for (let p = row * this.size; p < (row + 1) * this.size; p++)
      if (this.indices[p]! >= 0) positions.push(p);
    return positions.sort((a, b) => this.values[a]! - this.values[b]! || this.indices[a]! - this.indices[b]!);
  }
}

function roundedDown(value: number): number {
  const near = Math.fround(value);
  return near <= value ? near : Math.fround(value - Math.abs(value) * 2 ** -23);
}
