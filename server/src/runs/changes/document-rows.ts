/** Documents by position. */
export interface DocumentNames {
  readonly length: number;
  readonly documentIds: { readonly get: (document: number) => string };
  readonly collectionOf: (document: number) => string;
}

/**
 * Finds a document's position by collection and id: open addressing in two typed arrays, 16 to 32 bytes a document beside
 * its id, where a Map of names would take over a hundred. Exact: a hash that fits is compared by the names.
 */
export class DocumentRows {
  readonly #names: DocumentNames;
  readonly #hashes: Int32Array;
  /** Position + 1; 0 for an empty slot. */
  readonly #rows: Int32Array;
  readonly #mask: number;

  constructor(names: DocumentNames) {
    this.#names = names;
    let size = 16;
    while (size < names.length * 2) size *= 2;
    this.#mask = size - 1;
    this.#hashes = new Int32Array(size);
    this.#rows = new Int32Array(size);
    for (let row = 0; row < names.length; row++) {
      const hash = hashOf(names.collectionOf(row), names.documentIds.get(row));
      let slot = hash & this.#mask;
      while (this.#rows[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#hashes[slot] = hash;
      this.#rows[slot] = row + 1;
    }
  }

  /** The position, or -1. */
  rowOf(collectionId: string, documentId: string): number {
    const hash = hashOf(collectionId, documentId);
    for (let slot = hash & this.#mask; this.#rows[slot] !== 0; slot = (slot + 1) & this.#mask) {
      if (this.#hashes[slot] !== hash) continue;
      const row = this.#rows[slot]! - 1;
      const { documentIds, collectionOf } = this.#names;
      if (documentIds.get(row) === documentId && collectionOf(row) === collectionId) return row;
    }
    return -1;
  }
}

/** FNV-1a over both names' UTF-16, mixed so that its low bits depend on all (the finalizer of MurmurHash3). */
function hashOf(collectionId: string, documentId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < collectionId.length; i++) {
    hash = Math.imul(hash ^ collectionId.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ 0xffff, 0x01000193);
  for (let i = 0; i < documentId.length; i++) {
    hash = Math.imul(hash ^ documentId.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
