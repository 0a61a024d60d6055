import { isUtf8 } from "node:buffer";

import { AppError } from "../../platform/app-error.ts";
import { tooHeavy } from "../../platform/json-weight.ts";
import { DocumentRefused } from "../incoming-document.ts";

/** Of one document's text: bounds what parsing one holds, and for how long it stops everything else. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Below this no text takes long to parse, whatever is in it. */
const LIGHT_BYTES = 256 * 1024;

/**
 * The value of a JSON text, or why the document is refused unparsed, which concerns no other of the request. Throws
 * SyntaxError for what is no JSON, also for bytes that are not UTF-8.
 */
export function parseDocument(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new SyntaxError("it is not valid UTF-8");
  const heavy = bytes.length > LIGHT_BYTES ? tooHeavy(bytes) : undefined;
  if (heavy !== undefined) return new DocumentRefused(`The document cannot be stored: ${heavy}.`);
  return JSON.parse(bytes.toString());
}

/** `where` names the document, such as "Line 7". */
export function documentTooLong(where: string, details: Record<string, number>): AppError {
  return new AppError(
    "body_too_large",
    `${where} is longer than ${MAX_DOCUMENT_BYTES} bytes, the most a document may have as text.`,
    { details: { ...details, max_bytes: MAX_DOCUMENT_BYTES } },
  );
}
