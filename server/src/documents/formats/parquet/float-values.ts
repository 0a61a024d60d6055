import { Unreadable } from "../unreadable.ts";
import { readByIndex } from "./levels.ts";

/** Physical types of numbers that become float32: Parquet's FLOAT, DOUBLE, and FLOAT16 in two bytes. */
export type FloatType = "FLOAT" | "DOUBLE" | "FLOAT16";

const BYTES: Record<FloatType, number> = { FLOAT: 4, DOUBLE: 8, FLOAT16: 2 };

/** Fills `target` with plainly encoded numbers, as float32; doubles beyond its range become Infinity. */
export function readPlain(bytes: Uint8Array, type: FloatType, target: Float32Array): void {
  const length = target.length * BYTES[type];
  assertLength(bytes, BYTES[type], target.length);
  const plain = bytes.subarray(0, length);
  if (type === "FLOAT") {
    new Uint8Array(target.buffer, target.byteOffset, length).set(plain);
    return;
  }
  // A copy begins where any type may begin. Not `slice`: a Buffer's is a view.
  const { buffer } = new Uint8Array(plain);
  target.set(type === "DOUBLE" ? new Float64Array(buffer) : new Float16Array(buffer));
}

/** Fills `target` with the numbers of a page, whichever way they are encoded. Throws Unreadable for other encodings. */
export function readFloats(
  bytes: Uint8Array,
  encoding: string,
  type: FloatType,
  dictionary: Float32Array | undefined,
  target: Float32Array,
): void {
  switch (encoding) {
    case "PLAIN":
      return readPlain(bytes, type, target);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY":
      if (target.length === 0) return;
      if (!dictionary) throw new Unreadable("A page refers to a dictionary and there is none.");
      return readByIndex(bytes.subarray(1), bytes[0] ?? 0, dictionary, target);
    case "BYTE_STREAM_SPLIT":
      return readPlain(joinStreams(bytes, BYTES[type], target.length), type, target);
    default:
      throw new Unreadable(`A page's numbers are encoded as ${encoding}.`);
  }
}

/** All first bytes, then all second ones, …: back into numbers. */
function joinStreams(bytes: Uint8Array, width: number, count: number): Uint8Array {
  assertLength(bytes, width, count);
  const joined = new Uint8Array(width * count);
  for (let stream = 0; stream < width; stream++) {
    for (let i = 0; i < count; i++) joined[i * width + stream] = bytes[stream * count + i]!;
  }
  return joined;
}

function assertLength(bytes: Uint8Array, width: number, count: number): void {
  if (bytes.length >= width * count) return;
  throw new Unreadable(`A page ends after ${Math.floor(bytes.length / width)} of ${count} numbers.`);
}
