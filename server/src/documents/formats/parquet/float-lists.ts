import { parquetHeader } from "hyparquet/src/column.js";
import type { CompressionCodec } from "hyparquet";

import type { BytesAt } from "../bytes-at.ts";
import { FloatRows, type FloatBatch } from "../float-rows.ts";
import { Unreadable } from "../unreadable.ts";
import { readFloats, readPlain, type FloatType } from "./float-values.ts";
import { decompress, PageMemory, readPage, type DataPage } from "./page.ts";

/** Where a column of lists of numbers is within one row group. */
export interface FloatListChunk {
  readonly column: string;
  readonly start: number;
  readonly bytes: number;
  readonly codec: CompressionCodec;
  readonly type: FloatType;
  /** The definition level of a number that is there. */
  readonly definition: number;
  /** The definition level from which a list has a place for a number, be it null. */
  readonly element: number;
  readonly rows: number;
  /** Numbers, nulls counted. */
  readonly values: number;
}

/** Bytes of a page header are not known before; what is read too much is read again. */
const HEADER_BYTES = 4096;
const LARGE_HEADER_BYTES = 16 * 1024 * 1024;

/**
 * Reads a column of lists of floats page by page into float32. parquet-wasm decodes such a column at 65,000 rows of
 * 384 a second and holds a whole row group, by default a million rows, in memory it never gives back; here a page is
 * held at a time, and what repeats (the levels of each list) is skipped over as the runs it is written in.
 */
export class FloatListReader {
  readonly #source: BytesAt;
  readonly #chunk: FloatListChunk;
  readonly #rows: FloatRows;
  readonly #memory = new PageMemory();
  #at: number;
  #dictionary: Float32Array | undefined;

  /** `atOnce`: rows that will be taken at a time. */
  constructor(source: BytesAt, chunk: FloatListChunk, atOnce: number) {
    this.#rows = new FloatRows(Math.ceil((chunk.values / Math.max(1, chunk.rows)) * atOnce));
    this.#source = source;
    this.#chunk = chunk;
    this.#at = chunk.start;
  }

  /** The next `count` rows, or as many as there still are. */
  async take(count: number): Promise<FloatBatch> {
    while (this.#rows.complete < count && this.#at < this.#end) await this.#readPage();
    if (this.#at >= this.#end) this.#rows.finish();
    if (this.#rows.complete < count) {
      const { column, rows } = this.#chunk;
      throw new Unreadable(`Column '${column}' ends before the ${rows} rows that its row group has.`);
    }
    return this.#rows.take(count);
  }

  get #end(): number {
    return this.#chunk.start + this.#chunk.bytes;
  }

  async #readPage(): Promise<void> {
    const { codec, type, definition, element } = this.#chunk;
    const { header, length } = await this.#readHeader(HEADER_BYTES);
    const size = header.compressed_page_size;
    if (!(size >= 0) || this.#at + length + size > this.#end) {
      throw new Unreadable(`Column '${this.#chunk.column}' has a page that reaches beyond its end.`);
    }
    const bytes = this.#memory.packed.take(size);
    await this.#source.readInto(bytes, this.#at + length);
    this.#at += length + size;
    if (header.dictionary_page_header) {
      const page = decompress(bytes, header.uncompressed_page_size, codec, this.#memory);
      this.#dictionary = new Float32Array(header.dictionary_page_header.num_values);
      readPlain(page, type, this.#dictionary);
    } else if (header.data_page_header || header.data_page_header_v2) {
      const page = readPage(header, bytes, codec, { repetition: 1, definition }, this.#memory);
      this.#append(page, definition, element);
    }
    this.#memory.release();
  }

  #append(page: DataPage, definition: number, element: number): void {
    const { type } = this.#chunk;
    const starts = page.repetition.levels;
    const read = (target: Float32Array) =>
      readFloats(page.values, page.encoding, type, this.#dictionary, target);
    if (page.definition.allMost) {
      read(this.#rows.append(starts));
      return;
    }
    const values = new Float32Array(countOf(page.definition.levels, definition));
    read(values);
    let value = 0;
    for (let i = 0; i < page.count; i++) {
      const level = page.definition.levels[i]!;
      if (starts[i] === 0) this.#rows.begin(level < element - 1);
      if (level === definition) this.#rows.push(values[value++]!);
      else if (level >= element) this.#rows.push(NaN);
    }
  }

  async #readHeader(most: number): Promise<{ header: ReturnType<typeof parquetHeader>; length: number }> {
    const bytes = await this.#source.read(this.#at, Math.min(most, this.#end - this.#at));
    const reader = { view: new DataView(bytes.buffer), offset: 0 };
    try {
      return { header: parquetHeader(reader), length: reader.offset };
    } catch (error) {
      // Statistics of long values can make a header longer than any guess.
      if (bytes.length === most && most < LARGE_HEADER_BYTES) return this.#readHeader(LARGE_HEADER_BYTES);
      const said = (error as Error).message;
      throw new Unreadable(
        `Column '${this.#chunk.column}' has a page without a header at byte ${this.#at}: ${said}.`,
      );
    }
  }
}

function countOf(levels: Uint8Array, level: number): number {
  let count = 0;
  for (const each of levels) if (each === level) count++;
  return count;
}
