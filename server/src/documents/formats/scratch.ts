/** A page of Parquet has about 1 MB, but DuckDB writes a column of a row group, 190 MB, as one. */
const KEPT = 16 * 1024 * 1024;

/** Memory that is used again and again for what is needed only until the next is read. */
export class Scratch {
  #bytes = new Uint8Array(0);

  /** Lets go what is larger than pages usually are. */
  release(): void {
    if (this.#bytes.length > KEPT) this.#bytes = new Uint8Array(0);
  }

  /** `length` bytes, whatever is in them; the last ones given are overwritten. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length < length)
      this.#bytes = new Uint8Array(length > KEPT ? length : Math.max(length, this.#bytes.length * 2));
    return this.#bytes.subarray(0, length);
  }
}
