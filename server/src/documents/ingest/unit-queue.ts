import type { IngestRequest } from "./ingest-request.ts";
import { IngestUnit } from "./ingest-unit.ts";

/** Long documents make shorter units, so that what is written together always fits in memory. */
const BYTES_AT_ONCE = 64 * 1024 * 1024;

/**
 * Fills units with documents that come one by one, and commits them while the rest arrives: full ones when the next
 * document has come, so that the last one can be the one that finishes.
 */
export class UnitQueue {
  readonly #request: IngestRequest;
  readonly #together: number;
  #full: IngestUnit[] = [];
  #current: IngestUnit;

  /** @param together documents that are written together, in one unit or several */
  constructor(request: IngestRequest, together: number) {
    this.#request = request;
    this.#together = together;
    this.#current = new IngestUnit(request);
  }

  /** The unit for the next document. */
  async next(): Promise<IngestUnit> {
    const { size, bytes } = this.#current;
    if (size < this.#request.unitOf(this.#together) && bytes < BYTES_AT_ONCE) return this.#current;
    this.#full.push(this.#current);
    this.#current = new IngestUnit(this.#request);
    const waiting = this.#full.reduce((sum, unit) => sum + unit.size, 0);
    const waitingBytes = this.#full.reduce((sum, unit) => sum + unit.bytes, 0);
    if (waiting >= this.#together || waitingBytes >= BYTES_AT_ONCE) await this.#commitFull();
    return this.#current;
  }

  /** Stores the full units, waits for them, and gives up the one that is not: how many documents that was. */
  async giveUp(): Promise<number> {
    await this.#commitFull();
    await this.#request.settled();
    return this.#current.size;
  }

  async end(): Promise<void> {
    await this.#request.commit([...this.#full, this.#current], true);
  }

  async #commitFull(): Promise<void> {
    const full = this.#full;
    this.#full = [];
    if (full.length > 0) await this.#request.commit(full, false);
  }
}
