/**
 * As much of the protobuf wire format as a small ONNX model needs (https://protobuf.dev/programming-guides/encoding):
 * a message is a list of fields; a field is a tag, (number << 3) | wire type, and a value.
 */
export type Field = readonly number[];

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

export function integer(number: number, value: number): Field {
  return [...varint((number << 3) | VARINT), ...varint(value)];
}

export function float(number: number, value: number): Field {
  const littleEndian = new DataView(new ArrayBuffer(4));
  littleEndian.setFloat32(0, value, true);
  return [...varint((number << 3) | FIXED32), ...new Uint8Array(littleEndian.buffer)];
}

export function text(number: number, value: string): Field {
  return bytes(number, [...new TextEncoder().encode(value)]);
}

export function message(number: number, ...fields: readonly Field[]): Field {
  return bytes(number, fields.flat());
}

function bytes(number: number, content: readonly number[]): Field {
  return [...varint((number << 3) | LENGTH), ...varint(content.length), ...content];
}

/** Seven bits a byte, lowest first, the top bit says that more follow. */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return out;
}
