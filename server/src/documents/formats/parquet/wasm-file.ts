import { tableFromIPC, type RecordBatch, type Schema } from "apache-arrow";
import { ParquetFile } from "parquet-wasm/node";

import type { BytesAt } from "../bytes-at.ts";
import { orUnreadable, Unreadable } from "../unreadable.ts";

/** A row group that is read whole takes its size in WebAssembly's memory, which has 4 GB and is never given back. */
const MAX_READ = 1024 * 1024 * 1024;

/** Under this key writers leave the Arrow types a column had; one letter less, and nobody finds it. */
const ARROW_SCHEMA = Buffer.from("ARROW:schema");
const HIDDEN = Buffer.from("ARROW:schem_");

/**
 * A Parquet file as parquet-wasm reads it: any encoding and codec. It asks for the ranges it needs, a row group's
 * column at a time. What Arrow types the writer had is hidden from it: without that it gives Parquet's own ones, which
 * apache-arrow can read all of (not so large lists, views of strings and what else polars and others use).
 */
export class WasmFile {
  readonly schema: Schema;
  readonly #file: ParquetFile;

  private constructor(file: ParquetFile, schema: Schema) {
    this.#file = file;
    this.schema = schema;
  }

  static async open(bytes: BytesAt): Promise<WasmFile> {
    return orUnreadable("It is no Parquet file that can be read", async () => {
      // parquet-wasm uses `size`, `slice` and `arrayBuffer` of a Blob and nothing else.
      const file = await ParquetFile.fromFile(new Range(bytes, 0, bytes.size) as unknown as Blob);
      const schema = file.schema();
      const ipc = schema.intoIPCStream();
      return new WasmFile(file, tableFromIPC(ipc).schema);
    });
  }

  /** The rows of a row group, `batchSize` at a time. */
  async *rows(rowGroup: number, columns: readonly string[], batchSize: number): AsyncGenerator<RecordBatch> {
    const what = `Row group ${rowGroup + 1} cannot be read`;
    const stream = await orUnreadable(what, () =>
      this.#file.stream({ rowGroups: [rowGroup], columns: [...columns], batchSize }),
    );
    const reader = (stream as ReadableStream<{ intoIPCStream(): Uint8Array }>).getReader();
    try {
      while (true) {
        const { done, value } = await orUnreadable(what, () => reader.read());
        if (done) return;
        const table = await orUnreadable(what, () => tableFromIPC(value.intoIPCStream()));
        yield* table.batches;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  free(): void {
    this.#file.free();
  }
}

/** What stands for a Blob. */
class Range {
  readonly #bytes: BytesAt;
  readonly #from: number;
  readonly #to: number;

  constructor(bytes: BytesAt, from: number, to: number) {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  get size(): number {
    return this.#to - this.#from;
  }

  slice(from: number, to: number): Range {
    return new Range(this.#bytes, this.#from + from, this.#from + to);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    if (this.size > MAX_READ) {
      throw new Unreadable(
        `A row group's column has ${Math.round(this.size / 2 ** 20)} MiB and is read whole; write row groups of fewer rows (pyarrow: row_group_size=100_000).`,
      );
    }
    const bytes = await this.#bytes.read(this.#from, this.size);
    if (this.#to >= this.#bytes.size - 8) hideArrowSchema(Buffer.from(bytes.buffer));
    return bytes.buffer;
  }
}

/** In the footer, which is read to its end. */
function hideArrowSchema(footer: Buffer): void {
  for (let at = footer.indexOf(ARROW_SCHEMA); at >= 0; at = footer.indexOf(ARROW_SCHEMA, at))
    footer.set(HIDDEN, at);
}
