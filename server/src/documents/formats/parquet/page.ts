import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";

import type { CompressionCodec, PageHeader } from "hyparquet";

import { Scratch } from "../scratch.ts";
import { Unreadable } from "../unreadable.ts";
import { readLevels, type Levels } from "./levels.ts";
import { unpackSnappy } from "./snappy.ts";

/** What Node and hyparquet decompress; LZ4 is left to parquet-wasm. */
export const PAGE_CODECS: readonly CompressionCodec[] = ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"];

/** The page is held in memory whole; writers make pages of about 1 MB. */
const MAX_PAGE = 512 * 1024 * 1024;

/** Memory for one page at a time. */
export class PageMemory {
  readonly packed = new Scratch();
  readonly page = new Scratch();
  readonly repetition = new Scratch();
  readonly definition = new Scratch();

  release(): void {
    for (const memory of [this.packed, this.page, this.repetition, this.definition]) memory.release();
  }
}

export function decompress(
  bytes: Uint8Array,
  size: number,
  codec: CompressionCodec,
  memory: PageMemory,
): Uint8Array {
  if (size > MAX_PAGE)
    throw new Unreadable(`A page says it has ${size} bytes; pages of up to ${MAX_PAGE} are read.`);
  const page = inflate(bytes, size, codec, memory);
  if (page.length !== size) throw new Unreadable(`A page of ${size} bytes came out as ${page.length}.`);
  return page;
}

function inflate(bytes: Uint8Array, size: number, codec: CompressionCodec, memory: PageMemory): Uint8Array {
  const options = { maxOutputLength: Math.max(1, size) };
  switch (codec) {
    case "UNCOMPRESSED":
      return bytes;
    case "SNAPPY": {
      const page = memory.page.take(size);
      unpackSnappy(bytes, page);
      memory.packed.release();
      return page;
    }
    case "GZIP":
      return gunzipSync(bytes, options);
    case "BROTLI":
      return brotliDecompressSync(bytes, options);
    case "ZSTD":
      return zstdDecompressSync(bytes, options);
    default:
      throw new Unreadable(`Its pages are compressed with ${codec}.`);
  }
}

export interface DataPage {
  /** Slots of values, present or not. */
  readonly count: number;
  readonly encoding: string;
  readonly repetition: Levels;
  readonly definition: Levels;
  /** The encoded values. */
  readonly values: Uint8Array;
}

/** A data page of either version, decompressed, its levels read. */
export function readPage(
  header: PageHeader,
  bytes: Uint8Array,
  codec: CompressionCodec,
  most: { readonly repetition: number; readonly definition: number },
  memory: PageMemory,
): DataPage {
  const { data_page_header: one, data_page_header_v2: two } = header;
  if (two) {
    const [repetition, definition] = [two.repetition_levels_byte_length, two.definition_levels_byte_length];
    const count = checked(two.num_values, bytes, header);
    const packed = bytes.subarray(repetition + definition);
    const size = header.uncompressed_page_size - repetition - definition;
    return {
      count,
      encoding: two.encoding,
      repetition: readLevels(bytes.subarray(0, repetition), most.repetition, count, memory.repetition),
      definition: readLevels(
        bytes.subarray(repetition, repetition + definition),
        most.definition,
        count,
        memory.definition,
      ),
      values: two.is_compressed === false ? packed : decompress(packed, size, codec, memory),
    };
  }
  if (!one) throw new Unreadable("A data page has no header.");
  let rest = decompress(bytes, header.uncompressed_page_size, codec, memory);
  const count = checked(one.num_values, rest, header);
  const next = (levels: number, encoding: string, scratch: Scratch): Levels => {
    if (levels === 0) return readLevels(rest, 0, count, scratch);
    if (encoding !== "RLE") throw new Unreadable(`A page's levels are encoded as ${encoding}.`);
    if (rest.length < 4) throw new Unreadable("A page ends before its levels.");
    const length = new DataView(rest.buffer, rest.byteOffset, rest.byteLength).getUint32(0, true);
    const read = readLevels(rest.subarray(4, 4 + length), levels, count, scratch);
    rest = rest.subarray(4 + length);
    return read;
  };
  const repetition = next(most.repetition, one.repetition_level_encoding, memory.repetition);
  const definition = next(most.definition, one.definition_level_encoding, memory.definition);
  return { count, encoding: one.encoding, repetition, definition, values: rest };
}

/** Run lengths let a few bytes stand for any number of values, so what a header says is bounded before memory is taken. */
function checked(count: number, bytes: Uint8Array, header: PageHeader): number {
  if (count >= 0 && count <= MAX_PAGE / 2) return count;
  throw new Unreadable(
    `A page of ${bytes.length} bytes (${header.uncompressed_page_size} unpacked) says it has ${count} values.`,
  );
}
