/** How values of Arrow's types are written in JSON. `unit` is Arrow's: 0 seconds, 1 milli-, 2 micro-, 3 nanoseconds. */

const DIGITS = [0, 3, 6, 9];
/** Instants that JavaScript's Date holds, in ms. */
const LAST_MS = 8_640_000_000_000_000n;

/** A whole number as a number, or as a text of its digits where a double could not hold it exactly. */
export function wholeJson(value: number | bigint): string {
  if (typeof value === "number") return String(value);
  const exact = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return exact ? String(value) : `"${value}"`;
}

/** `2026-01-31T12:00:00.123456Z`, with as many digits as are needed; without `Z` where the column has no zone. */
export function timestampText(value: bigint, unit: number, hasZone: boolean): string | null {
  const perSecond = 10n ** BigInt(DIGITS[unit]!);
  const seconds = floorDivide(value, perSecond);
  if (seconds * 1000n > LAST_MS || seconds * 1000n < -LAST_MS) return null;
  const whole = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, "");
  return `${whole}${fraction(value - seconds * perSecond, DIGITS[unit]!)}${hasZone ? "Z" : ""}`;
}

/** `2026-01-31`. */
export function dateText(ms: number): string | null {
  return Math.abs(ms) > Number(LAST_MS) ? null : new Date(ms).toISOString().replace(/T.*/, "");
}

/** `12:00:00.5`. */
export function timeText(value: bigint, unit: number): string {
  const perSecond = 10n ** BigInt(DIGITS[unit]!);
  const seconds = floorDivide(value, perSecond);
  const two = (part: bigint) => String(part).padStart(2, "0");
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(":");
  return `${clock}${fraction(value - seconds * perSecond, DIGITS[unit]!)}`;
}

/** A number where a double has exactly these digits, else a text of them. `words` are 32 bits each, the lowest first. */
export function decimalJson(words: Uint32Array, scale: number): string {
  let value = 0n;
  for (const [i, word] of words.entries()) value |= BigInt(word) << BigInt(32 * i);
  value = BigInt.asIntN(32 * words.length, value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const [whole, part] =
    scale > 0 ? [digits.slice(0, -scale), digits.slice(-scale).replace(/0+$/, "")] : [digits, ""];
  const text = `${value < 0n ? "-" : ""}${whole}${part === "" ? "" : `.${part}`}`;
  return String(Number(text)) === text ? text : `"${text}"`;
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function fraction(rest: bigint, digits: number): string {
  const text = digits === 0 ? "" : String(rest).padStart(digits, "0").replace(/0+$/, "");
  return text === "" ? "" : `.${text}`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
