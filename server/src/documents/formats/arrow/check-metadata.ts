import { Unreadable } from "../unreadable.ts";

/*
 * apache-arrow believes what a message says of itself: a broken count makes it build objects until the heap is full.
 * So counts are held against the bytes there are before it sees them. Metadata is a FlatBuffer: a table begins with the
 * way back to its list of offsets, a vector with its length. Numbers of fields are those of Arrow's format
 * (Message.fbs, Schema.fbs, File.fbs).
 */

const [SCHEMA, DICTIONARY, BATCH] = [1, 2, 3];
const MOST_FIELDS = 10_000;
const DEEPEST = 64;
/** Rows without any bytes: columns of nulls only. */
const ROWS_OF_NOTHING = 1024;

/** Where a message of a file lies. */
export interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/** Throws Unreadable unless the counts in a message's metadata can be true. */
export function checkMessage(metadata: Uint8Array): void {
  const buffer = new Buffers(metadata);
  const message = buffer.root();
  const kind = buffer.byte(message, 1);
  const header = buffer.child(message, 2);
  // What is zero is left out.
  const body = buffer.long(message, 3) ?? 0;
  buffer.vector(message, 4, 4);
  if (header === null || body < 0) throw broken();
  if (kind === SCHEMA) checkSchema(buffer, header);
  else if (kind === BATCH) checkBatch(buffer, header, body);
  else if (kind === DICTIONARY) {
    const batch = buffer.child(header, 1);
    if (batch === null) throw broken();
    checkBatch(buffer, batch, body);
  }
}

/** The same for a file's footer; returns where its dictionaries and batches lie. */
export function checkFooter(footer: Uint8Array): { dictionaries: Block[]; batches: Block[] } {
  const buffer = new Buffers(footer);
  const root = buffer.root();
  const schema = buffer.child(root, 1);
  if (schema === null) throw broken();
  checkSchema(buffer, schema);
  buffer.vector(root, 4, 4);
  return { dictionaries: blocks(buffer, root, 2), batches: blocks(buffer, root, 3) };
}

function blocks(buffer: Buffers, root: number, field: number): Block[] {
  const { at, length } = buffer.vector(root, field, 24);
  return Array.from({ length }, (_, i) => ({
    offset: buffer.longAt(at + 24 * i),
    metadataLength: buffer.intAt(at + 24 * i + 8),
    bodyLength: buffer.longAt(at + 24 * i + 16),
  }));
}

function checkSchema(buffer: Buffers, schema: number): void {
  buffer.vector(schema, 2, 4);
  let fields = 0;
  const check = (table: number, vector: number, depth: number) => {
    if (depth > DEEPEST) throw broken();
    const { at, length } = buffer.vector(table, vector, 4);
    for (let i = 0; i < length; i++) {
      if (++fields > MOST_FIELDS) throw new Unreadable(`It has more than ${MOST_FIELDS} columns.`);
      const field = buffer.follow(at + 4 * i);
      buffer.vector(field, 6, 4);
      check(field, 5, depth + 1);
    }
  };
  check(schema, 1, 0);
}

function checkBatch(buffer: Buffers, batch: number, bodyLength: number): void {
  const most = Math.max(ROWS_OF_NOTHING, bodyLength * 8);
  const rows = buffer.long(batch, 0) ?? 0;
  const nodes = buffer.vector(batch, 1, 16);
  buffer.vector(batch, 2, 16);
  const lengths = Array.from({ length: nodes.length }, (_, i) => buffer.longAt(nodes.at + 16 * i));
  const wrong = [rows, ...lengths].find((length) => length < 0 || length > most);
  if (wrong !== undefined)
    throw new Unreadable(`A batch of ${bodyLength} bytes says that it has ${wrong} rows.`);
}

/** Reads tables; every place must lie within the bytes. */
class Buffers {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  root(): number {
    return this.follow(0);
  }

  /** Where the offset at `at` leads. */
  follow(at: number): number {
    this.#assertWithin(at, 4);
    const target = at + this.#view.getUint32(at, true);
    this.#assertWithin(target, 4);
    return target;
  }

  child(table: number, field: number): number | null {
    const at = this.#field(table, field);
    return at === null ? null : this.follow(at);
  }

  byte(table: number, field: number): number {
    const at = this.#field(table, field);
    if (at === null) return 0;
    this.#assertWithin(at, 1);
    return this.#view.getUint8(at);
  }

  long(table: number, field: number): number | null {
    const at = this.#field(table, field);
    return at === null ? null : this.longAt(at);
  }

  longAt(at: number): number {
    this.#assertWithin(at, 8);
    return Number(this.#view.getBigInt64(at, true));
  }

  intAt(at: number): number {
    this.#assertWithin(at, 4);
    return this.#view.getInt32(at, true);
  }

  /** Where a vector's elements begin and how many there are; none where there is no vector. */
  vector(table: number, field: number, elementBytes: number): { at: number; length: number } {
    const start = this.child(table, field);
    if (start === null) return { at: 0, length: 0 };
    const length = this.#view.getUint32(start, true);
    this.#assertWithin(start + 4, length * elementBytes);
    return { at: start + 4, length };
  }

  #field(table: number, field: number): number | null {
    this.#assertWithin(table, 4);
    const offsets = table - this.#view.getInt32(table, true);
    this.#assertWithin(offsets, 4);
    const size = this.#view.getUint16(offsets, true);
    const at = 4 + 2 * field;
    if (at + 2 > size) return null;
    this.#assertWithin(offsets + at, 2);
    const offset = this.#view.getUint16(offsets + at, true);
    return offset === 0 ? null : table + offset;
  }

  #assertWithin(at: number, length: number): void {
    if (at < 0 || at + length > this.#view.byteLength) throw broken();
  }
}

function broken(): Unreadable {
  return new Unreadable("Its metadata is broken.");
}
