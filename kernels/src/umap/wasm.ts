/**
 * As much of the WebAssembly binary format as one function on vectors of four float32 needs
 * (https://webassembly.github.io/spec/core/binary). Code is a list of bytes; a function here puts the operands before the
 * operator, so that nested calls read as an expression.
 */
export type Code = readonly number[];

export const I32 = 0x7f;
export const F32 = 0x7d;
export const V128 = 0x7b;

const EMPTY = 0x40;

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const zeros: Code = [...simd(12), ...new Uint8Array(16)];

/** Binary operators of 32-bit integers. */
export const add = binary([0x6a]);
export const multiply = binary([0x6c]);
export const or = binary([0x72]);
export const xor = binary([0x73]);
export const shiftLeft = binary([0x74]);
export const shiftRight = binary([0x76]); // unsigned
export const atLeast = binary([0x4e]); // signed
export const equal = binary([0x46]);

/** floor(a b / 2^32) of unsigned a and b. */
export const highProduct = (a: Code, b: Code): Code => [
  ...[...a, 0xad, ...b, 0xad, 0x7e], // i64.extend_i32_u, i64.mul
  ...[0x42, ...signed(32), 0x88, 0xa7], // i64.const 32, i64.shr_u, i32.wrap_i64
];

export const addFloats = binary([0x92]);
export const atMostFloat = binary([0x5f]);
export const bitsOf = (value: Code): Code => [...value, 0xbc];

export const addVectors = binary(simd(228));
export const subtractVectors = binary(simd(229));
export const multiplyVectors = binary(simd(230));
export const smallerOf = binary(simd(232));
export const largerOf = binary(simd(233));
export const splat = (value: Code): Code => [...value, ...simd(19)];
export const lane = (value: Code, number: number): Code => [...value, ...simd(31), number];

export const f32 = (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
export const either = (yes: Code, no: Code, condition: Code): Code => [...yes, ...no, ...condition, 0x1b];

/** Loads and stores at an address plus a constant, both in bytes. */
export const loadInt = (address: Code, plus = 0): Code => [...address, 0x28, 2, ...unsigned(plus)];
export const loadFloat = (address: Code, plus = 0): Code => [...address, 0x2a, 2, ...unsigned(plus)];
export const loadVector = (address: Code, plus = 0): Code => [...address, ...simd(0), 4, ...unsigned(plus)];
export const storeFloat = (address: Code, value: Code, plus = 0): Code => [
  ...[...address, ...value, 0x38, 2],
  ...unsigned(plus),
];
export const storeVector = (address: Code, value: Code, plus = 0): Code => [
  ...[...address, ...value, ...simd(11), 4],
  ...unsigned(plus),
];

/** `body` again and again until `done` is true before it. */
export const loopUntil = (done: Code, body: Code): Code => [
  ...[0x02, EMPTY, 0x03, EMPTY, ...done, 0x0d, 1],
  ...body,
  ...[0x0c, 0, 0x0b, 0x0b],
];
export const when = (condition: Code, body: Code): Code => [...condition, 0x04, EMPTY, ...body, 0x0b];

/** A module that imports memory `host.memory` and exports one function, `run`, without a result. */
export function moduleOf(
  parameters: readonly number[],
  locals: readonly number[],
  body: Code,
  pages: number,
): Uint8Array<ArrayBuffer> {
  const declared = locals.map((type) => [1, type]);
  const code = [...vector(declared), ...body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector(parameters.map((type) => [type])), 0]])),
    ...section(2, vector([[...name("host"), ...name("memory"), 2, 0, ...unsigned(pages)]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name("run"), 0, 0]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}

function binary(operator: Code): (a: Code, b: Code) => Code {
  return (a, b) => [...a, ...b, ...operator];
}

function simd(operator: number): Code {
  return [0xfd, ...unsigned(operator)];
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): Code {
  return vector([...new TextEncoder().encode(text)].map((byte) => [byte]));
}

/** LEB128: seven bits a byte, lowest first, the top bit says that more follow. */
function unsigned(value: number): Code {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return [...out, rest];
}

function signed(value: number): Code {
  const out: number[] = [];
  let rest = value | 0;
  for (; rest < -64 || rest > 63; rest >>= 7) out.push((rest & 127) | 128);
  return [...out, rest & 127];
}
