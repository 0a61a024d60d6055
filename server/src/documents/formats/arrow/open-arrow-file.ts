import { RecordBatchReader, type AsyncRecordBatchFileReader, type RecordBatch } from "apache-arrow";

import type { BytesAt } from "../bytes-at.ts";
import { orUnreadable, Unreadable } from "../unreadable.ts";
import { checkFooter, checkMessage, type Block } from "./check-metadata.ts";
import { assertNamesDiffer, columnOf } from "./column-of.ts";
import { isCompression, COMPRESSED } from "./compressed.ts";
import type { ArrowStream } from "./open-arrow.ts";

const MAGIC = "ARROW1";

export async function isArrowFile(bytes: BytesAt): Promise<boolean> {
  return bytes.size >= 6 && Buffer.from(await bytes.read(0, 6)).toString("latin1") === MAGIC;
}

/**
 * An Arrow IPC file (Feather 2), read by its footer: some writers, apache-arrow's own among them, leave out the schema
 * that would make its inside a stream. Throws Unreadable for what is broken, cut off or compressed.
 */
export async function openArrowFile(bytes: BytesAt, maxBody: number): Promise<ArrowStream> {
  if (!(await isArrowFile(bytes)))
    throw new Unreadable("It is no Arrow IPC file: it does not begin with ARROW1.");
  const end = bytes.size < 24 ? "" : Buffer.from(await bytes.read(bytes.size - 6, 6)).toString("latin1");
  if (end !== MAGIC) {
    throw new Unreadable("It begins as an Arrow file and does not end as one (ARROW1): it is cut off.");
  }
  const blocks = await orUnreadable("Its footer cannot be read", () => readFooter(bytes));
  for (const [i, block] of blocks.dictionaries.entries()) {
    await checkBlock(bytes, block, maxBody, `Dictionary ${i + 1}`);
  }
  const reader = await orUnreadable("Its footer cannot be read", async () => {
    // apache-arrow asks a file handle for its size and for bytes, and knows it by these two names.
    const handle = {
      fd: 0,
      stat: () => Promise.resolve({ size: bytes.size }),
      read: readBy(bytes),
      close: nothing,
    };
    const opened = (await (RecordBatchReader.from(handle as never) as unknown)) as AsyncRecordBatchFileReader;
    await opened.open();
    return opened;
  });
  const columns = reader.schema.fields.map(columnOf);
  assertNamesDiffer(columns);
  return { columns, batches: (from = 0) => readBatches(bytes, reader, blocks.batches, maxBody, from) };
}

/** Before the last magic word stands how long the footer before it is. */
async function readFooter(bytes: BytesAt): Promise<{ dictionaries: Block[]; batches: Block[] }> {
  const end = bytes.size - 10;
  const length = Buffer.from(await bytes.read(end, 4)).readInt32LE(0);
  if (length <= 0 || length > end) throw new Unreadable(`it says that it has ${length} bytes`);
  return checkFooter(await bytes.read(end - length, length));
}

/** Holds what a block and its metadata say against the bytes there are. */
async function checkBlock(bytes: BytesAt, block: Block, maxBody: number, what: string): Promise<void> {
  const { offset, metadataLength, bodyLength } = block;
  if (bodyLength > maxBody) {
    throw new Unreadable(
      `${what} has ${bodyLength} bytes; up to ${maxBody} are read. Write batches of fewer rows, such as 10,000.`,
    );
  }
  if (bodyLength < 0 || metadataLength < 8 || offset + metadataLength + bodyLength > bytes.size) {
    throw new Unreadable(`${what} is not where the footer says: the file is broken.`);
  }
  const head = Buffer.from(await bytes.read(offset, metadataLength));
  const frame = head.readUInt32LE(0) === 0xffffffff ? 8 : 4;
  checkMessage(head.subarray(frame));
}

const nothing = () => Promise.resolve();

function readBy(bytes: BytesAt) {
  return async (target: Uint8Array, offset: number, length: number, position: number) => {
    await bytes.readInto(target.subarray(offset, offset + length), position);
    return { bytesRead: length, buffer: target };
  };
}

async function* readBatches(
  bytes: BytesAt,
  reader: AsyncRecordBatchFileReader,
  blocks: readonly Block[],
  maxBody: number,
  from: number,
): AsyncGenerator<RecordBatch> {
  let before = 0;
  for (const [i, block] of blocks.entries()) {
    await checkBlock(bytes, block, maxBody, `Record batch ${i + 1}`);
    const batch = await readBatch(reader, i);
    const skip = Math.max(0, from - before);
    before += batch.numRows;
    if (skip > 0 && skip >= batch.numRows) continue;
    yield skip > 0 ? batch.slice(skip) : batch;
  }
}

async function readBatch(reader: AsyncRecordBatchFileReader, index: number): Promise<RecordBatch> {
  try {
    const batch = await reader.readRecordBatch(index);
    if (batch) return batch;
  } catch (error) {
    if (isCompression(error)) throw new Unreadable(COMPRESSED, { cause: error });
    const said = (error as Error).message;
    throw new Unreadable(`Record batch ${index + 1} cannot be read: ${said}.`, { cause: error });
  }
  throw new Unreadable(`Record batch ${index + 1} is not where the footer says: the file is broken.`);
}
