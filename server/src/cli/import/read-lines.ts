import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";

import { CommandError } from "../explain-failure.ts";

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface TextLine {
  /** From 1, blank ones counted. */
  readonly number: number;
  readonly text: string;
  /** Bytes of the file up to its end. */
  readonly end: number;
}

/** The lines of a UTF-8 file that are not blank, without a byte order mark. Throws CommandError with the line. */
export async function* readLines(path: string): AsyncGenerator<TextLine> {
  let pending: Buffer = Buffer.alloc(0);
  let [number, end] = [0, 0];
  const toLine = (bytes: Buffer): TextLine => {
    if (!isUtf8(bytes))
      throw new CommandError(`${path}, line ${number}, is not UTF-8; save the file as UTF-8.`);
    const text = bytes.toString();
    return { number, end, text: number === 1 && text.startsWith("\ufeff") ? text.slice(1) : text };
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const part = chunk.subarray(from, at);
      const line = pending.length > 0 ? Buffer.concat([pending, part]) : part;
      pending = Buffer.alloc(0);
      from = at + 1;
      number += 1;
      end += line.length + 1;
      if (!isBlank(line)) yield toLine(line);
    }
    pending = pending.length > 0 ? Buffer.concat([pending, chunk.subarray(from)]) : chunk.subarray(from);
    if (pending.length > MAX_LINE_BYTES) {
      throw new CommandError(
        `${path}, line ${number + 1}, has more than 64 MiB; is this one JSON document? --format json`,
      );
    }
  }
  number += 1;
  end += pending.length;
  if (pending.length > 0 && !isBlank(pending)) yield toLine(pending);
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
