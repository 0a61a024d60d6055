import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

import { AppError } from "../../platform/app-error.ts";
import { unpack, type Encoding } from "./unpack.ts";

export interface BodyOptions {
  readonly encoding: Encoding | undefined;
  /** Whether `hash` will be asked for. */
  readonly hashed: boolean;
  readonly onAborted: () => void;
}

/**
 * The body of an ingest request, unpacked, while it arrives. The formats take `chunks`; one that stops before the end
 * leaves the rest to `readToEnd`. Whoever opens a body closes it.
 */
export class RequestBody {
  readonly #chunks: AsyncGenerator<Buffer>;
  readonly #hash;
  #digest: string | undefined;

  constructor(stream: IncomingMessage, { encoding, hashed, onAborted }: BodyOptions) {
    const arriving = chunksOf(stream, onAborted);
    this.#chunks = encoding === undefined ? arriving : unpack(arriving, encoding);
    this.#hash = hashed ? createHash("sha256") : undefined;
  }

  /** Leaving a loop over them early does not end the body. */
  get chunks(): AsyncIterable<Buffer> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  /** Takes and drops what nobody has read: a body that is cut off is not taken for a whole one. */
  async readToEnd(): Promise<void> {
    while (!(await this.#next()).done);
  }

  /** SHA-256 of the unpacked bytes; reads what is left of them. */
  async hash(): Promise<string> {
    await this.readToEnd();
    return (this.#digest ??= this.#hash!.digest("hex"));
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  async #next(): Promise<IteratorResult<Buffer, undefined>> {
    const next = (await this.#chunks.next()) as IteratorResult<Buffer, undefined>;
    if (!next.done && this.#digest === undefined) this.#hash?.update(next.value);
    return next;
  }
}

/**
 * The body as it arrives. If reading ends early, because of an error, the rest is taken and dropped, so that a client
 * that is still sending gets to read the answer. A client that goes away ends the reading with an error.
 */
async function* chunksOf(body: IncomingMessage, onAborted: () => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (error) {
    // Nothing but the request's own stream throws here: a body that stalled, or a client that went away.
    if (error instanceof AppError) throw error;
    onAborted();
    throw new AppError("invalid_value", "The request ended before its body was complete.", { cause: error });
  } finally {
    body.resume();
  }
}
