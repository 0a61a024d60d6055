import { isUtf8 } from "node:buffer";

/** The value of a JSON text; throws SyntaxError, also for bytes that are not UTF-8. */
export function parseDocument(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new SyntaxError("it is not valid UTF-8");
  return JSON.parse(bytes.toString());
}
