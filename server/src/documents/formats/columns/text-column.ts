import { isUtf8 } from "node:buffer";

import type { Data } from "apache-arrow";

import { DocumentRefused } from "../../incoming-document.ts";
import { Unreadable } from "../unreadable.ts";

/** Reads the texts of a column of strings, row by row; a row must have one. */
export function textReader(data: Data, name: string): (row: number) => string {
  const offsets = data.valueOffsets as Int32Array | BigInt64Array | undefined;
  const bytes = data.values as Uint8Array | undefined;
  const at = (i: number) => Number(offsets![i]);
  if (data.length > 0) assertOffsets(offsets, bytes?.length ?? 0, data.length, name);
  const memory = bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.alloc(0);
  return (row) => {
    const [from, to] = [at(row), at(row + 1)];
    const text = memory.toString("utf8", from, to);
    // What is no UTF-8 has been replaced by this character.
    if (text.includes("\ufffd") && !isUtf8(memory.subarray(from, to))) {
      throw new DocumentRefused("its text is not valid UTF-8.");
    }
    return text;
  };
}

/** Whether positions lie in what they point into; throws Unreadable where they do not, as only broken data has them. */
export function assertOffsets(
  offsets: Int32Array | BigInt64Array | undefined,
  length: number,
  rows: number,
  name: string,
): void {
  let sound = offsets !== undefined && offsets.length > rows && offsets[0]! >= 0;
  for (let row = 0; sound && row < rows; row++) sound = offsets![row + 1]! >= offsets![row]!;
  if (sound && Number(offsets![rows]) <= length) return;
  throw new Unreadable(`Column '${name}' is broken: it refers to what is not there.`);
}
