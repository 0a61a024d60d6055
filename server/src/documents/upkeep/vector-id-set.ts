const EMPTY = -1;

/** A set of vector ids (below 2^53) in one typed array: 16 to 32 bytes each, where a Set takes over forty. */
export class VectorIdSet {
  #slots = new Float64Array(1024).fill(EMPTY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(id: number): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const slot = this.#slotOf(id);
    if (this.#slots[slot] === id) return;
    this.#slots[slot] = id;
    this.#size += 1;
  }

  has(id: number): boolean {
    return this.#slots[this.#slotOf(id)] === id;
  }

  /** Where the id is, or the empty slot where it would be. Ids come in runs, so neighbours fill neighbours. */
  #slotOf(id: number): number {
    const mask = this.#slots.length - 1;
    let slot = id % this.#slots.length;
    while (this.#slots[slot] !== EMPTY && this.#slots[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2).fill(EMPTY);
    for (const id of before) if (id !== EMPTY) this.#slots[this.#slotOf(id)] = id;
  }
}
