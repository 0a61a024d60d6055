import { createHash, randomBytes, randomUUID } from "node:crypto";

export type IdPrefix =
  | "org"
  | "user"
  | "key"
  | "ns"
  | "col"
  | "doc"
  | "clust"
  | "trig"
  | "dec"
  | "run"
  | "req"
  | "worker"
  | "change"
  | "write"
  | "msg"
  | "enrich"
  | "evt";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH = 16;

/** `prefix_` and 16 random characters of [0-9A-Za-z] (95 bits): unguessable, no coordination needed. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomText(LENGTH)}`;
}

/**
 * The id that `parts` always give: of the form of `newId`, and no more guessable than its parts are. Other parts give
 * another id, up to chance (95 bits).
 */
export function derivedId(prefix: IdPrefix, parts: readonly (string | number)[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest();
  let text = "";
  // 65,536 is no multiple of 62: some letters are likelier by a thousandth, which takes nothing from 95 bits.
  for (let i = 0; i < LENGTH; i++) text += ALPHABET[hash.readUInt16BE(2 * i) % ALPHABET.length]!;
  return `${prefix}_${text}`;
}

/** `length` uniformly random characters of [0-9A-Za-z], from the operating system's generator. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    const byte = randomByte();
    // 248 is the largest multiple of 62 below 256: larger bytes would favour the first letters.
    if (byte < 248) text += ALPHABET[byte % 62]!;
  }
  return text;
}

export function newUuid(): string {
  return randomUUID();
}

/** Whether `text` has the form of an id of this kind; names may not look like one. */
export function looksLikeId(text: string): boolean {
  return /^(org|user|key|ns|col|doc|clust|trig|dec|run|task|wh|evt|cl)_[0-9A-Za-z]+$/.test(text);
}

/** The generator is asked for many bytes at once: a call for each id was a tenth of firing ten thousand triggers. */
const POOL_BYTES = 8192;
let pool = Buffer.alloc(0);
let used = 0;

function randomByte(): number {
  if (used === pool.length) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  return pool[used++]!;
}
