import { Worker } from "node:worker_threads";

import { tableFromIPC, type RecordBatch, type Schema } from "apache-arrow";

import { siblingModule } from "../../../platform/sibling-module.ts";
import { after } from "../../../platform/timers.ts";
import type { BytesAt } from "../bytes-at.ts";
import { orUnreadable, Unreadable } from "../unreadable.ts";
import type { WasmReply, WasmRequest } from "./wasm-worker.ts";

/** A batch takes milliseconds; bytes that send the decoder into a loop must not hold a request for ever. */
const LONGEST_MS = 120_000;

interface Call {
  readonly resolve: (bytes: Uint8Array | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A Parquet file as parquet-wasm reads it, in a thread of its own: any encoding and codec. It asks for the ranges it
 * needs, a row group's column at a time. A thread, because a broken file can make it panic, which nobody can catch in
 * the thread where it happens; because decoding would stop every other request; and because WebAssembly's memory is
 * given back only with the thread. What Arrow types the writer had is hidden from it: without that it gives Parquet's
 * own ones, which apache-arrow can read all of (not so large lists, views of strings and what else polars uses).
 */
export class WasmFile {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Call>();
  #schema: Schema | undefined;
  #nextId = 1;
  #ended: Error | undefined;

  private constructor(bytes: BytesAt) {
    this.#worker = new Worker(siblingModule(import.meta.url, "wasm-worker"), {
      workerData: { fd: bytes.fd, size: bytes.size },
      // What it prints when it panics.
      stderr: true,
    });
    this.#worker.on("message", ({ id, bytes: answer, error }: WasmReply) => {
      const call = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) call?.resolve(answer);
      else call?.reject(new Error(error));
    });
    this.#worker.on("error", (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", () => this.#end(new Error("its reader has ended")));
    // A forgotten one does not keep the process alive.
    this.#worker.unref();
  }

  static async open(bytes: BytesAt): Promise<WasmFile> {
    const file = new WasmFile(bytes);
    try {
      await orUnreadable("It is no Parquet file that can be read", async () => {
        file.#schema = tableFromIPC(await file.#call({ kind: "schema" })).schema;
      });
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get schema(): Schema {
    return this.#schema!;
  }

  /** The rows of a row group, `batchSize` at a time, the next being decoded while one is used. One reading at a time. */
  async *rows(rowGroup: number, columns: readonly string[], batchSize: number): AsyncGenerator<RecordBatch> {
    const what = `Row group ${rowGroup + 1} cannot be read`;
    await orUnreadable(what, () => this.#call({ kind: "rows", rowGroup, columns, batchSize }));
    let coming = this.#ahead();
    while (true) {
      const bytes = await orUnreadable(what, () => coming);
      if (!bytes) return;
      coming = this.#ahead();
      yield* await orUnreadable(what, () => tableFromIPC(bytes).batches);
    }
  }

  async close(): Promise<void> {
    // Else a process that has nothing else to do would end before this has.
    this.#worker.ref();
    await this.#worker.terminate();
  }

  #ahead(): Promise<Uint8Array | null> {
    const coming = this.#call({ kind: "next" });
    coming.catch(() => undefined);
    return coming;
  }

  async #call(request: WasmRequest): Promise<Uint8Array | null> {
    if (this.#ended) throw this.#ended;
    this.#worker.ref();
    const cancel = after(LONGEST_MS, () => {
      this.#end(new Unreadable("Its decoder did not come to an end; the file is broken."));
      void this.#worker.terminate();
    });
    try {
      return await new Promise((resolve, reject) => {
        const id = this.#nextId++;
        this.#waiting.set(id, { resolve, reject });
        this.#worker.postMessage({ id, request });
      });
    } finally {
      cancel();
      if (this.#waiting.size === 0) this.#worker.unref();
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const call of this.#waiting.values()) call.reject(error);
    this.#waiting.clear();
  }
}
