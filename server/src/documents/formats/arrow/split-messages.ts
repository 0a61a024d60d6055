import { Message, MessageHeader } from "apache-arrow";

import type { ByteReader } from "../byte-reader.ts";
import { Unreadable } from "../unreadable.ts";
import { checkMessage } from "./check-metadata.ts";
import { COMPRESSED, isCompression } from "./compressed.ts";

/** One message of the Arrow IPC format with its frame. */
export interface ArrowMessage {
  readonly kind: "schema" | "dictionary" | "batch";
  readonly bytes: Uint8Array;
  /** Of a batch; 0 for others. */
  readonly rows: number;
  /** Of a dictionary. */
  readonly dictionary: { readonly id: number; readonly isDelta: boolean } | undefined;
}

const FILE_MAGIC = "ARROW1";
const CONTINUED = 0xffffffff;
const MAX_METADATA = 64 * 1024 * 1024;

/**
 * Cuts an Arrow IPC stream into its messages while it arrives. apache-arrow's own reader takes a truncated stream for a
 * finished one; here the end must be where a message ends. `maxBody`: bytes of the largest message that is read.
 */
export async function* splitMessages(source: ByteReader, maxBody: number): AsyncGenerator<ArrowMessage> {
  let prefix = await source.upTo(8);
  if (prefix.length === 0) throw new Unreadable("It is empty.");
  if (Buffer.from(prefix.subarray(0, 6)).toString("latin1") === FILE_MAGIC) {
    throw new Unreadable(
      "It is an Arrow IPC file, not a stream. Send it as Content-Type application/vnd.apache.arrow.file.",
    );
  }
  for (let number = 1; prefix.length > 0; number++) {
    const length = metadataLength(prefix, number);
    if (length === 0) return;
    if (length > MAX_METADATA) {
      throw new Unreadable(
        number === 1
          ? "It is no Arrow IPC stream: it does not begin as one."
          : `Message ${number} is broken: it says that it has ${length} bytes of metadata.`,
      );
    }
    const isOld = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true) !== CONTINUED;
    const metadata = isOld
      ? Buffer.concat([
          prefix.subarray(4),
          await source.take(length - 4, `the metadata of message ${number}`),
        ])
      : await source.take(length, `the metadata of message ${number}`);
    const message = decode(metadata, number);
    if (message.bodyLength > maxBody) {
      throw new Unreadable(
        `Message ${number} has ${message.bodyLength} bytes; up to ${maxBody} are read. Write batches of fewer rows, such as 10,000.`,
      );
    }
    const frame = isOld ? prefix.subarray(0, 4) : prefix;
    const head = frame.length + metadata.length;
    const bytes = new Uint8Array(head + message.bodyLength);
    bytes.set(frame);
    bytes.set(metadata, frame.length);
    await source.fill(bytes.subarray(head), `the body of message ${number}`);
    yield { kind: message.kind, bytes, rows: message.rows, dictionary: message.dictionary };
    prefix = await source.upTo(8);
    if (prefix.length > 0 && prefix.length < 8 && !isEnd(prefix)) {
      throw new Unreadable(`It is cut off after message ${number}.`);
    }
  }
}

/** Writers before 2019 leave out the four bytes FF and end with four zero bytes. */
function isEnd(prefix: Uint8Array): boolean {
  return prefix.length === 4 && prefix.every((byte) => byte === 0);
}

function metadataLength(prefix: Uint8Array, number: number): number {
  if (isEnd(prefix)) return 0;
  if (prefix.length < 8) throw new Unreadable(`It is cut off before message ${number}.`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  const first = view.getUint32(0, true);
  return first === CONTINUED ? view.getUint32(4, true) : first;
}

function decode(metadata: Uint8Array, number: number) {
  try {
    checkMessage(metadata);
    const message = Message.decode(metadata);
    const { headerType, bodyLength } = message;
    if (!(bodyLength >= 0)) throw new Error("its length is negative");
    if (headerType === MessageHeader.Schema) {
      return { kind: "schema" as const, bodyLength, rows: 0, dictionary: undefined };
    }
    if (headerType === MessageHeader.DictionaryBatch) {
      const { id, isDelta } = (message as Message<MessageHeader.DictionaryBatch>).header();
      return { kind: "dictionary" as const, bodyLength, rows: 0, dictionary: { id, isDelta } };
    }
    if (headerType !== MessageHeader.RecordBatch) throw new Error("it is of a kind that holds no rows");
    const rows = (message as Message<MessageHeader.RecordBatch>).header().length;
    return { kind: "batch" as const, bodyLength, rows, dictionary: undefined };
  } catch (error) {
    const said = (error as Error).message.replace(/\.$/, "");
    if (isCompression(error)) throw new Unreadable(COMPRESSED, { cause: error });
    throw new Unreadable(
      number === 1 ? `It is no Arrow IPC stream: ${said}.` : `Message ${number} cannot be read: ${said}.`,
      { cause: error },
    );
  }
}
