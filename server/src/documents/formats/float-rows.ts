/** Rows of numbers, each of any length. */
export interface FloatBatch {
  readonly rows: number;
  /** All numbers, row after row. A number that was null is NaN. */
  readonly values: Float32Array;
  /** rows + 1 positions in `values`. */
  readonly offsets: Int32Array;
  /** By row, 1 where there is no vector; undefined where all have one. */
  readonly missing: Uint8Array | undefined;
}

/** Gathers numbers into rows, and gives rows out from the front. */
export class FloatRows {
  /** How much memory the rows given out at a time take. */
  readonly #capacity: number;
  #values: Float32Array<ArrayBuffer>;
  #length = 0;
  #starts = new Int32Array(1 << 10);
  #missing = new Uint8Array(1 << 10);
  #anyMissing = false;
  #begun = 0;
  /** Rows and numbers that were given out already. */
  #taken = 0;
  #takenValues = 0;
  #finished = false;

  /** `capacity`: numbers that will be taken at a time, about; more can be held. */
  constructor(capacity: number) {
    // Numbers come in pages and go in batches, so some of the next batch are there already.
    this.#capacity = Math.min(1 << 26, capacity) + (1 << 19);
    this.#values = new Float32Array(this.#capacity);
  }

  /** Rows that nothing can be added to any more. */
  get complete(): number {
    return Math.max(0, this.#begun - this.#taken - (this.#finished ? 0 : 1));
  }

  /** Room for a number for each of `starts`; a row begins where one is 0. */
  append(starts: Uint8Array): Float32Array {
    for (let at = starts.indexOf(0); at >= 0; at = starts.indexOf(0, at + 1))
      this.#begin(this.#length + at, 0);
    this.#reserve(starts.length);
    this.#length += starts.length;
    return this.#values.subarray(this.#length - starts.length, this.#length);
  }

  begin(missing: boolean): void {
    this.#begin(this.#length, missing ? 1 : 0);
  }

  push(value: number): void {
    this.#reserve(1);
    this.#values[this.#length++] = value;
  }

  /** The last row is complete too. */
  finish(): void {
    this.#finished = true;
  }

  /** The first `count` rows, which must be complete. */
  take(count: number): FloatBatch {
    const [first, last] = [this.#taken, this.#taken + count];
    const [from, to] = [this.#startOf(first), this.#startOf(last)];
    const offsets = new Int32Array(count + 1);
    for (let row = 0; row < count; row++) offsets[row] = this.#starts[first + row]! - from;
    offsets[count] = to - from;
    const missing = this.#missing.slice(first, last);
    this.#taken = last;
    this.#takenValues = to;
    return {
      rows: count,
      values: this.#values.subarray(from, to),
      offsets,
      missing: this.#anyMissing && missing.includes(1) ? missing : undefined,
    };
  }

  #startOf(row: number): number {
    return row < this.#begun ? this.#starts[row]! : this.#length;
  }

  #begin(at: number, missing: 0 | 1): void {
    if (this.#begun === this.#starts.length) this.#makeRoomForRows();
    this.#starts[this.#begun] = at;
    this.#missing[this.#begun] = missing;
    this.#anyMissing ||= missing === 1;
    this.#begun += 1;
  }

  #makeRoomForRows(): void {
    const length = 2 * (this.#begun - this.#taken) + (1 << 10);
    const [starts, missing] = [new Int32Array(length), new Uint8Array(length)];
    starts.set(this.#starts.subarray(this.#taken, this.#begun));
    missing.set(this.#missing.subarray(this.#taken, this.#begun));
    [this.#starts, this.#missing] = [starts, missing];
    this.#begun -= this.#taken;
    this.#taken = 0;
  }

  /** What was given out keeps its memory, so the rest moves to new memory. */
  #reserve(more: number): void {
    if (this.#length + more <= this.#values.length) return;
    const rest = this.#values.subarray(this.#takenValues, this.#length);
    this.#values = new Float32Array(Math.max(this.#capacity, rest.length + more, grownBy(rest.length, more)));
    this.#values.set(rest);
    for (let row = this.#taken; row < this.#begun; row++) this.#starts[row]! -= this.#takenValues;
    this.#length = rest.length;
    this.#takenValues = 0;
  }
}

/** Numbers that come one by one must not each move all the others. */
function grownBy(held: number, more: number): number {
  return more === 1 ? held * 2 : 0;
}
