import type { SnapshotVectors, VectorBatch, VectorMatrix, VectorSource } from "./snapshot-reader.ts";

/** Vectors that are in memory at once while all are gone through. */
const BLOCK_BYTES = 128 * 1024 * 1024;

/**
 * The vectors of several features as one: of each document those of the first, then those of the second, and so on.
 *
 * The features lie in tables of their own, each in its own order, so a batch is a block of documents that is looked for
 * in every table. A pass reads a table up to the last of its block.
 */
export class JoinedVectors implements VectorSource {
  readonly documents: number;
  readonly dimensions: number;
  readonly #parts: readonly SnapshotVectors[];
  readonly #blockBytes: number;

  /** @param parts vectors of the same snapshot; one or more */
  constructor(parts: readonly SnapshotVectors[], blockBytes = BLOCK_BYTES) {
    this.documents = parts[0]!.documents;
    this.dimensions = parts.reduce((sum, { dimensions }) => sum + dimensions, 0);
    this.#parts = parts;
    this.#blockBytes = blockBytes;
  }

  async read(
    documents: Int32Array | null,
    onProgress?: (done: number, total: number) => void,
  ): Promise<VectorMatrix> {
    const cols = this.dimensions;
    const rows = documents?.length ?? this.documents;
    const matrix = { data: new Float32Array(rows * cols), rows, cols };
    let from = 0;
    for (const [at, part] of this.#parts.entries()) {
      await part.readInto(matrix, from, documents, (done, total) =>
        onProgress?.(at * total + done, this.#parts.length * total),
      );
      from += part.dimensions;
    }
    return matrix;
  }

  async *batches(): AsyncGenerator<VectorBatch> {
    const rows = Math.max(1, Math.floor(this.#blockBytes / (4 * this.dimensions)));
    for (let first = 0; first < this.documents; first += rows) {
      const length = Math.min(rows, this.documents - first);
      const documents = Int32Array.from({ length }, (_, i) => first + i);
      yield { documents, vectors: (await this.read(documents)).data };
    }
  }
}
