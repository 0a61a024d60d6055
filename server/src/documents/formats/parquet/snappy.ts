import { Unreadable } from "../unreadable.ts";

/** From here copying in one go beats a loop. */
const LONG = 24;

/**
 * Unpacks a raw Snappy block into `target`, which has its exact size. Vectors hardly compress, so nearly all of a page
 * are long literals, which are copied in one go.
 */
export function unpackSnappy(source: Uint8Array, target: Uint8Array): void {
  let at = 0;
  let out = 0;
  while (at < source.length && source[at]! >= 0x80) at++;
  at++;
  while (at < source.length) {
    const tag = source[at++]!;
    if ((tag & 3) === 0) {
      let length = tag >>> 2;
      if (length >= 60) {
        const extra = length - 59;
        length = 0;
        for (let i = 0; i < extra; i++) length += (source[at++] ?? 0) * 2 ** (8 * i);
      }
      length += 1;
      if (at + length > source.length || out + length > target.length) throw broken();
      if (length < LONG) for (let i = 0; i < length; i++) target[out + i] = source[at + i]!;
      else target.set(source.subarray(at, at + length), out);
      at += length;
      out += length;
      continue;
    }
    let length = (tag >>> 2) + 1;
    let back: number;
    if ((tag & 3) === 1) {
      length = ((tag >>> 2) & 7) + 4;
      back = ((tag >>> 5) << 8) | (source[at++] ?? 0);
    } else {
      back = (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8);
      if ((tag & 3) === 3) back += ((source[at + 2] ?? 0) << 16) + (source[at + 3] ?? 0) * 2 ** 24;
      at += (tag & 3) === 3 ? 4 : 2;
    }
    if (back === 0 || back > out || out + length > target.length) throw broken();
    if (length < LONG || back < length)
      for (let i = 0; i < length; i++) target[out + i] = target[out + i - back]!;
    else target.copyWithin(out, out - back, out - back + length);
    out += length;
  }
  if (out !== target.length) throw broken();
}

function broken(): Unreadable {
  return new Unreadable("A page's Snappy block is broken.");
}
