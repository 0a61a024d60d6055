import { open, readFile } from "node:fs/promises";

/** Plain data: objects, lists, numbers, texts, booleans, null and typed arrays of numbers. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | Float32Array
  | Float64Array
  | Int32Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

const KINDS = { Float32Array, Float64Array, Int32Array } as const;
type Kind = keyof typeof KINDS;

/** Where an array stands in the text: its kind, and its place and length in numbers behind the text. */
interface Placed {
  readonly $array: Kind;
  readonly at: number;
  readonly length: number;
}

/** Arrays begin at multiples of this, so that they can be used where they lie. */
const ALIGNMENT = 8;

/**
 * Writes plain data with its arrays as they lie in memory: the length of a JSON text (uint32, little endian), that text
 * with a place for each array, then the arrays. Nothing is copied. Waits until the file is on disk.
 */
export async function writeArrayFile(path: string, data: Plain): Promise<void> {
  const arrays: Uint8Array[] = [];
  let end = 0;
  const place = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(place);
    if (ArrayBuffer.isView(value)) {
      const array = value as Float32Array;
      const placed = { $array: array.constructor.name as Kind, at: end, length: array.length };
      if (!(placed.$array in KINDS)) throw new Error(`An array file has no ${placed.$array}.`);
      arrays.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      end += padded(array.byteLength);
      return placed;
    }
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, place(own)]));
    }
    if (typeof value === "number" && !Number.isFinite(value))
      throw new Error(`An array file has no ${value}.`);
    return value;
  };
  const text = Buffer.from(JSON.stringify(place(data)));
  const head = Buffer.alloc(padded(4 + text.length));
  head.writeUInt32LE(text.length);
  text.copy(head, 4);
  const file = await open(path, "w");
  try {
    await file.writeFile(head);
    for (const bytes of arrays) {
      await file.writeFile(bytes);
      await file.writeFile(new Uint8Array(padded(bytes.length) - bytes.length));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Bytes that the arrays in plain data take in a file. */
export function arrayBytes(data: Plain): number {
  if (ArrayBuffer.isView(data)) return padded(data.byteLength);
  if (typeof data !== "object" || data === null) return 0;
  return Object.values(data).reduce<number>((sum, own) => sum + arrayBytes(own), 0);
}

/** Thrown for a file that is not what was written. */
export class DamagedArrayFile extends Error {}

/** What was written; undefined if there is no such file. Throws DamagedArrayFile. */
export async function readArrayFile(path: string): Promise<Plain | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
  try {
    return parseArrayFile(bytes);
  } catch (error) {
    throw new DamagedArrayFile(`${path} is damaged: ${(error as Error).message}`, { cause: error });
  }
}

function parseArrayFile(bytes: Buffer): Plain {
  const textBytes = bytes.readUInt32LE();
  // A small file lies somewhere in a buffer that others share.
  const whole = bytes.byteOffset % ALIGNMENT === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  const first = padded(4 + textBytes);
  const isPlaced = (value: unknown): value is Placed =>
    typeof value === "object" && value !== null && "$array" in value;
  return JSON.parse(whole.toString("utf8", 4, 4 + textBytes), (_key, value: unknown) => {
    if (!isPlaced(value)) return value;
    const kind = KINDS[value.$array];
    const at = first + value.at;
    const end = at + value.length * kind.BYTES_PER_ELEMENT;
    if (end > whole.length) throw new Error(`it ends at ${whole.length} of ${end} bytes`);
    return new kind(whole.buffer as ArrayBuffer, whole.byteOffset + at, value.length);
  }) as Plain;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
