import type { ByteReader } from "../byte-reader.ts";
import { Unreadable } from "../unreadable.ts";

/** What the header of a `.npy` file says (NEP 1). */
export interface NpyHeader {
  /** Of an element: `f` float, `i` and `u` whole, `U` text. */
  readonly kind: "f" | "i" | "u" | "U";
  readonly bytes: number;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER = 1024 * 1024;

/** Reads the header, of format 1, 2 or 3; the reader then stands at the first element. */
export async function readNpyHeader(source: ByteReader): Promise<NpyHeader> {
  const start = await source.upTo(8);
  if (start.length < 8 || MAGIC.some((byte, i) => start[i] !== byte)) {
    throw new Unreadable("It is no .npy file: it does not begin with \\x93NUMPY.");
  }
  const version = start[6]!;
  if (version < 1 || version > 3)
    throw new Unreadable(`It is a .npy file of format ${version}; 1, 2 and 3 are read.`);
  const size = await source.take(version === 1 ? 2 : 4, "the length of its header");
  const view = new DataView(size.buffer);
  const length = version === 1 ? view.getUint16(0, true) : view.getUint32(0, true);
  if (length > MAX_HEADER) throw new Unreadable(`Its header says that it has ${length} bytes.`);
  const bytes = await source.take(length, "its header");
  return parse(
    Buffer.from(bytes)
      .toString(version === 3 ? "utf8" : "latin1")
      .trim(),
  );
}

function parse(text: string): NpyHeader {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (order === undefined || shape === undefined || (descr === undefined && !text.includes("'descr'"))) {
    throw new Unreadable(`Its header cannot be read: ${text.slice(0, 200)}.`);
  }
  const type = /^([<>|=])([a-zA-Z])(\d+)$/.exec(descr ?? "");
  if (!type || !["f", "i", "u", "U"].includes(type[2]!)) {
    throw new Unreadable(
      `It holds elements of type ${descr ?? "a record"}; float16, float32, float64, whole numbers (and text, for ids) are read.`,
    );
  }
  return {
    kind: type[2] as NpyHeader["kind"],
    bytes: Number(type[3]) * (type[2] === "U" ? 4 : 1),
    littleEndian: type[1] !== ">",
    fortranOrder: order === "True",
    shape: shape
      .split(",")
      .map((part) => part.trim().replace("L", ""))
      .filter((part) => part !== "")
      .map(Number),
  };
}
