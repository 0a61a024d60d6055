import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";

import { AppError } from "../../platform/app-error.ts";

export type Encoding = "gzip" | "deflate" | "br" | "zstd";

/** Ordinary text shrinks to a fifth, repetitive logs to a thirtieth; a bomb to a thousandth or less. */
const MOST_RATIO = 100;
/** A small body may shrink as it likes: what it unpacks to costs no more than the same body sent as it is. */
const FREE_BYTES = 4 * 1024 * 1024;
const CHUNK = { chunkSize: 64 * 1024 };

const UNPACKERS: Record<Encoding, () => Transform & { readonly bytesWritten: number }> = {
  gzip: () => createGunzip(CHUNK),
  deflate: () => createInflate(CHUNK),
  br: () => createBrotliDecompress(CHUNK),
  // RFC 9659: a window above 8 MiB is not for HTTP. Its memory is taken before anything is unpacked.
  zstd: () => createZstdDecompress({ ...CHUNK, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
};

/**
 * Unpacks a stream while it arrives, in pieces of 64 KiB, no faster than they are taken: what a small body unpacks to
 * is never held. Throws `body_too_large` once it has grown a hundredfold (above 4 MiB), `invalid_encoding` for what is
 * damaged, ends too early or goes on behind its end.
 */
export async function* unpack(source: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const unpacker = UNPACKERS[encoding]();
  const packed = new Packed(source);
  // What goes wrong on its way comes out of the unpacker, too.
  pipeline(packed.chunks(), unpacker).catch(() => undefined);
  let unpacked = 0;
  try {
    for await (const chunk of unpacker as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      if (unpacked > FREE_BYTES && unpacked > MOST_RATIO * packed.bytes) {
        throw tooMuch(packed.bytes, unpacked, encoding);
      }
      yield chunk;
    }
    // Only gzip reads on behind its end; the others would drop what follows without a word.
    while (packed.bytes <= unpacker.bytesWritten && !packed.ended) await packed.more();
  } catch (error) {
    throw error instanceof AppError ? error : damaged(encoding, packed.bytes, unpacked, error);
  } finally {
    unpacker.destroy();
  }
  if (packed.error !== undefined) throw packed.error;
  const behind = packed.bytes - unpacker.bytesWritten;
  if (behind > 0) {
    throw new AppError(
      "invalid_encoding",
      `Data follows behind the end of the ${encoding} body, at byte ${unpacker.bytesWritten}. Send one compressed stream.`,
      { details: { encoding, packed_bytes: packed.bytes, unpacked_bytes: unpacked } },
    );
  }
}

/** The compressed side: how much has arrived, and whether it has ended. */
class Packed {
  bytes = 0;
  ended = false;
  error: Error | undefined;
  readonly #source: AsyncIterable<Buffer>;
  #next = Promise.withResolvers<undefined>();

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.#source) {
        this.bytes += chunk.length;
        this.#tell();
        yield chunk;
      }
    } catch (error) {
      this.error = error as Error;
      throw error;
    } finally {
      this.ended = true;
      this.#tell();
    }
  }

  /** Resolves when something more has arrived, or nothing will. */
  more(): Promise<undefined> {
    return this.#next.promise;
  }

  #tell(): void {
    this.#next.resolve(undefined);
    this.#next = Promise.withResolvers();
  }
}

function tooMuch(packed: number, unpacked: number, encoding: Encoding): AppError {
  return new AppError(
    "body_too_large",
    `${packed} bytes of ${encoding} unpacked to ${unpacked} and more, over ${MOST_RATIO} times as much: that is taken for a bomb. ` +
      "Send such data as it is, without Content-Encoding.",
    { details: { encoding, packed_bytes: packed, unpacked_bytes: unpacked, max_ratio: MOST_RATIO } },
  );
}

function damaged(encoding: Encoding, packed: number, unpacked: number, cause: unknown): AppError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const what =
    code === "Z_BUF_ERROR"
      ? "ends too early: the compressed data is cut off"
      : `is damaged or not ${encoding}: ${message}`;
  return new AppError(
    "invalid_encoding",
    `The ${encoding} body ${what} (after ${packed} bytes, which unpacked to ${unpacked}). Compress and send it again.`,
    { cause, details: { encoding, packed_bytes: packed, unpacked_bytes: unpacked } },
  );
}
