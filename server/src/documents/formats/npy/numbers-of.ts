import { Unreadable } from "../unreadable.ts";
import type { NpyHeader } from "./npy-header.ts";

/**
 * Elements as float32, from bytes in memory of their own: float32 are taken as they lie, float16 and float64 and whole
 * numbers converted (doubles beyond the range of a float32 become Infinity). Big-endian ones are turned in place.
 */
export function numbersOf(
  bytes: Uint8Array<ArrayBuffer>,
  { kind, bytes: width, littleEndian }: NpyHeader,
): Float32Array {
  if (!littleEndian) swap(bytes, width);
  const of = <T>(make: new (buffer: ArrayBuffer, offset: number, length: number) => T): T =>
    new make(bytes.buffer, bytes.byteOffset, bytes.byteLength / width);
  switch (`${kind}${width}`) {
    case "f2":
      return new Float32Array(of(Float16Array));
    case "f4":
      return of(Float32Array);
    case "f8":
      return new Float32Array(of(Float64Array));
    case "i1":
      return new Float32Array(of(Int8Array));
    case "u1":
      return new Float32Array(of(Uint8Array));
    case "i2":
      return new Float32Array(of(Int16Array));
    case "u2":
      return new Float32Array(of(Uint16Array));
    case "i4":
      return new Float32Array(of(Int32Array));
    case "u4":
      return new Float32Array(of(Uint32Array));
    case "i8":
      return Float32Array.from(of(BigInt64Array), Number);
    case "u8":
      return Float32Array.from(of(BigUint64Array), Number);
    default:
      throw new Unreadable(
        `It holds elements of ${width} bytes of kind '${kind}', which are no numbers that are read.`,
      );
  }
}

function swap(bytes: Uint8Array<ArrayBuffer>, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}
