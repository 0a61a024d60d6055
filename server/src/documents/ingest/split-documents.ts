import { ValidationFailed } from "../../platform/app-error.ts";
import { documentTooLong, MAX_DOCUMENT_BYTES } from "./parse-document.ts";

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

const MAX_KEY_BYTES = 1_000;

type Place =
  "start" | "key or end" | "key" | "in key" | "colon" | "array" | "element" | "comma or end" | "end";

/**
 * Finds the documents in `{"documents": [ … ]}` while it arrives and yields the text of each, to be parsed by itself:
 * parsing a body of 100 MB in one go would stop every other request for a second and hold each number as an object's
 * field. Throws ValidationFailed where the text around the documents is not what it should be, `body_too_large` for a
 * document above 16 MiB; the texts themselves are only cut out, not checked.
 */
export async function* splitDocuments(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let place = "start" as Place;
  let position = 0;
  let seen = false;
  // Of the element or key in progress: what earlier chunks held, and where in its nesting we are.
  let pieces: Buffer[] = [];
  let heldBytes = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let elements = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (place === "element") {
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
          continue;
        }
        if (byte === QUOTE) inString = true;
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
        else if (depth > 0 && (byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) depth--;
        else if (depth === 0 && byte === CLOSE_BRACE)
          throw invalid(position + i, "a brace closes what was not opened");
        else if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) {
          pieces.push(chunk.subarray(from, i));
          const element = Buffer.concat(pieces);
          pieces = [];
          heldBytes = 0;
          if (element.length > MAX_DOCUMENT_BYTES) throw tooLong(elements);
          from = i + 1;
          const isEmptyList = byte === CLOSE_BRACKET && elements === 0 && element.every(isSpace);
          if (!isEmptyList) yield element;
          elements++;
          if (byte === CLOSE_BRACKET) place = "comma or end";
        }
        continue;
      }
      if (place === "in key") {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          pieces.push(chunk.subarray(from, i));
          assertKey(Buffer.concat(pieces).toString(), seen);
          pieces = [];
          heldBytes = 0;
          place = "colon";
        }
        continue;
      }
      if (isSpace(byte)) continue;
      if (place === "start" && byte === OPEN_BRACE) place = "key or end";
      else if (place === "start" && position + i === 0 && isMark(chunk, i)) i += 2;
      else if (place === "start") throw notAnObject(byte, position + i);
      else if ((place === "key or end" || place === "key") && byte === QUOTE) {
        place = "in key";
        from = i + 1;
      } else if ((place === "key or end" || place === "comma or end") && byte === CLOSE_BRACE) place = "end";
      else if (place === "colon" && byte === COLON) place = "array";
      else if (place === "array" && byte === OPEN_BRACKET) {
        place = "element";
        seen = true;
        from = i + 1;
      } else if (place === "array") {
        throw fault(["body", "documents"], "Input should be a valid array", "array_type");
      } else if (place === "comma or end" && byte === COMMA) place = "key";
      else throw invalid(position + i, `a character that does not belong there (${place})`);
    }
    if ((place === "element" || place === "in key") && from < chunk.length) {
      pieces.push(chunk.subarray(from));
      heldBytes += chunk.length - from;
      if (place === "in key" && heldBytes > MAX_KEY_BYTES) assertKey(Buffer.concat(pieces).toString(), seen);
      if (heldBytes > MAX_DOCUMENT_BYTES) throw tooLong(elements);
    }
    position += chunk.length;
  }
  if (position === 0) throw fault(["body"], "Field required", "missing");
  if (place !== "end") throw invalid(position, "the end of the body");
  if (!seen) throw fault(["body", "documents"], "Field required", "missing");
}

function tooLong(index: number): Error {
  return documentTooLong(`Document ${index}`, { index });
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** A byte order mark, which some editors write first. */
function isMark(chunk: Buffer, i: number): boolean {
  return chunk[i] === 0xef && chunk[i + 1] === 0xbb && chunk[i + 2] === 0xbf;
}

function assertKey(key: string, seen: boolean): void {
  if (key !== "documents") throw fault(["body", key.slice(0, 200)], "Unknown field", "extra_forbidden");
  if (seen) throw fault(["body", "documents"], "The field is given twice", "extra_forbidden");
}

function notAnObject(byte: number, position: number): ValidationFailed {
  if (byte === OPEN_BRACKET || byte === QUOTE || /[-0-9tfn]/.test(String.fromCharCode(byte))) {
    return fault(["body"], 'Input should be a valid object: {"documents": [ … ]}', "object_type");
  }
  return invalid(position, "a character that does not belong there");
}

function invalid(position: number, what: string): ValidationFailed {
  return fault(["body"], `The body is not valid JSON: at byte ${position}, ${what}`, "json_invalid");
}

function fault(loc: string[], msg: string, type: string): ValidationFailed {
  return new ValidationFailed([{ loc, msg, type }]);
}
