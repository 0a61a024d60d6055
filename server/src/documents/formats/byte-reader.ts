import { Unreadable } from "./unreadable.ts";

/** Takes exact numbers of bytes from a stream that comes in chunks of any size. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** The next `length` bytes in memory of their own, which begins where any number may begin; fewer only at the end. */
  async upTo(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    const filled = await this.#fill(bytes);
    return filled === length ? bytes : bytes.subarray(0, filled);
  }

  /** The same, where fewer are an error; `what` says what they are for. */
  async take(length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    await this.fill(bytes, what);
    return bytes;
  }

  /** The same into memory that is there. */
  async fill(target: Uint8Array, what: string): Promise<void> {
    if ((await this.#fill(target)) === target.length) return;
    throw new Unreadable(
      `It is cut off: ${what} needs ${target.length} bytes, and after byte ${this.#position} there is nothing more.`,
    );
  }

  async #fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) break;
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    this.#position += filled;
    return filled;
  }

  /** Passes over bytes. */
  async skip(length: number, what: string): Promise<void> {
    for (let left = length; left > 0;) {
      const part = Math.min(left, 1024 * 1024);
      await this.take(part, what);
      left -= part;
    }
  }

  /** Lets go of the stream before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
