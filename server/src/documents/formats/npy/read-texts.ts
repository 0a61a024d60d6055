import { ByteReader } from "../byte-reader.ts";
import { Unreadable } from "../unreadable.ts";
import { readNpyHeader } from "./npy-header.ts";

/** Characters of a text are four bytes each, so a file of long ids is large; they are held in memory. */
const MAX_BYTES = 4 * 1024 * 1024 * 1024;
const ROWS_AT_ONCE = 4096;

/** The elements of a `.npy` file of one dimension that holds texts or whole numbers, as texts. */
export async function readTexts(source: AsyncIterable<Uint8Array>): Promise<string[]> {
  const reader = new ByteReader(source);
  const { kind, bytes: width, littleEndian, shape } = await readNpyHeader(reader);
  const [rows] = shape;
  if (shape.length !== 1 || rows === undefined || kind === "f" || width === 0 || rows * width > MAX_BYTES) {
    throw new Unreadable(
      `Its shape is (${shape.join(", ")}) of ${kind}${width}; ids are texts or whole numbers in one dimension.`,
    );
  }
  const texts: string[] = [];
  while (texts.length < rows) {
    const count = Math.min(ROWS_AT_ONCE, rows - texts.length);
    const view = new DataView((await reader.take(count * width, "its elements")).buffer);
    for (let i = 0; i < count; i++) {
      texts.push(
        kind === "U"
          ? text(view, i * width, width, littleEndian)
          : whole(view, i * width, width, kind, littleEndian),
      );
    }
  }
  await reader.close();
  return texts;
}

/** UCS-4, filled up with zeros. */
function text(view: DataView, at: number, width: number, littleEndian: boolean): string {
  let out = "";
  for (let i = 0; i < width; i += 4) {
    const character = view.getUint32(at + i, littleEndian);
    if (character === 0) break;
    if (character > 0x10ffff) throw new Unreadable("A text in it is broken.");
    out += String.fromCodePoint(character);
  }
  return out;
}

function whole(view: DataView, at: number, width: number, kind: string, littleEndian: boolean): string {
  if (width === 8) {
    return String(kind === "i" ? view.getBigInt64(at, littleEndian) : view.getBigUint64(at, littleEndian));
  }
  if (width === 4)
    return String(kind === "i" ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian));
  if (width === 2)
    return String(kind === "i" ? view.getInt16(at, littleEndian) : view.getUint16(at, littleEndian));
  return String(kind === "i" ? view.getInt8(at) : view.getUint8(at));
}
