import { read } from "node:fs";
import { promisify } from "node:util";
import { parentPort, workerData } from "node:worker_threads";

import { ParquetFile } from "parquet-wasm/node";

/** What the thread is asked, one thing after the other. */
export type WasmRequest =
  | { readonly kind: "schema" }
  | {
      readonly kind: "rows";
      readonly rowGroup: number;
      readonly columns: readonly string[];
      readonly batchSize: number;
    }
  /** The next batch of the rows asked for last. */
  | { readonly kind: "next" };

/** Arrow IPC bytes; null at the end of the rows. */
export interface WasmReply {
  readonly id: number;
  readonly bytes: Uint8Array | null;
  readonly error?: string;
}

/** A row group that is read whole takes its size in WebAssembly's memory, which has 4 GB. */
const MAX_READ = 1024 * 1024 * 1024;
/** Under this key writers leave the Arrow types a column had; one letter less, and nobody finds it. */
const ARROW_SCHEMA = Buffer.from("ARROW:schema");
const HIDDEN = Buffer.from("ARROW:schem_");

const readAt = promisify(read);
const { fd, size } = workerData as { fd: number; size: number };
let file: ParquetFile | undefined;
let batches: ReadableStreamDefaultReader<{ intoIPCStream(): Uint8Array }> | undefined;

/** What stands for a Blob: parquet-wasm uses `size`, `slice` and `arrayBuffer` and nothing else. */
class Range {
  readonly #from: number;
  readonly #to: number;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  get size(): number {
    return this.#to - this.#from;
  }

  slice(from: number, to: number): Range {
    return new Range(this.#from + from, this.#from + to);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    if (this.#from < 0 || this.#to > size || this.#to < this.#from) {
      throw new Error(`bytes ${this.#from} to ${this.#to} are needed and there are ${size}`);
    }
    if (this.size > MAX_READ) {
      throw new Error(
        `a row group's column has ${Math.round(this.size / 2 ** 20)} MiB and is read whole; write row groups of fewer rows (pyarrow: row_group_size=100_000)`,
      );
    }
    const bytes = Buffer.from(new ArrayBuffer(this.size));
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await readAt(fd, bytes, done, bytes.length - done, this.#from + done);
      if (bytesRead === 0) throw new Error("it became shorter while it was read");
      done += bytesRead;
    }
    // The footer is read to its end, which is eight bytes before the file's.
    if (this.#to >= size - 8) hideArrowSchema(bytes);
    return bytes.buffer;
  }
}

function hideArrowSchema(footer: Buffer): void {
  for (let at = footer.indexOf(ARROW_SCHEMA); at >= 0; at = footer.indexOf(ARROW_SCHEMA, at))
    footer.set(HIDDEN, at);
}

async function answer(request: WasmRequest): Promise<Uint8Array | null> {
  file ??= await ParquetFile.fromFile(new Range(0, size) as unknown as Blob);
  if (request.kind === "schema") return file.schema().intoIPCStream();
  if (request.kind === "rows") {
    const { rowGroup, columns, batchSize } = request;
    await batches?.cancel();
    const stream = await file.stream({ rowGroups: [rowGroup], columns: [...columns], batchSize });
    batches = (stream as ReadableStream<{ intoIPCStream(): Uint8Array }>).getReader();
    return null;
  }
  const next = await batches!.read();
  return next.done ? null : next.value.intoIPCStream();
}

parentPort?.on("message", ({ id, request }: { id: number; request: WasmRequest }) => {
  answer(request).then(
    (bytes) => parentPort?.postMessage({ id, bytes }, bytes ? [bytes.buffer as ArrayBuffer] : []),
    (error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      parentPort?.postMessage({ id, bytes: null, error: said });
    },
  );
});
