import { documentTooLong, MAX_DOCUMENT_BYTES } from "./parse-document.ts";

const NEWLINE = 0x0a;

export interface Line {
  /** Number of the line, from 1. */
  readonly number: number;
  readonly bytes: Buffer;
}

/** The lines of a stream that are not blank, without their ends. A line above 16 MiB is an error: there is no bound on the stream itself. */
export async function* splitLines(source: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 1;
  const add = (bytes: Buffer) => {
    pendingBytes += bytes.length;
    if (pendingBytes > MAX_DOCUMENT_BYTES) throw documentTooLong(`Line ${number}`, { line: number });
    pending.push(bytes);
  };
  const take = (): Line => {
    const line = { number, bytes: pending.length === 1 ? pending[0]! : Buffer.concat(pending) };
    pending = [];
    pendingBytes = 0;
    number += 1;
    return line;
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      if (end === from && pendingBytes === 0) {
        // Millions of empty lines are a bomb's way to keep a server busy.
        number += 1;
        from = end + 1;
        continue;
      }
      add(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (!isBlank(line.bytes)) yield line;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  if (pendingBytes > 0) {
    const line = take();
    if (!isBlank(line.bytes)) yield line;
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
