import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";

import { ValidationFailed, type Fault } from "../platform/app-error.ts";
import { tooHeavy } from "../platform/json-weight.ts";
import type { App } from "./route.ts";

/** JSON that does not parse is a fault of the body like any other; an empty body is no body. */
export function parseJsonBodies(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser(["application/json", "text/plain"]);
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const bytes = body as Buffer;
    if (request.headers["idempotency-key"] !== undefined) {
      request.bodyHash = createHash("sha256").update(bytes).digest("hex");
    }
    if (bytes.length === 0) {
      done(null, undefined);
      return;
    }
    const unreadable = isUtf8(bytes) ? tooHeavy(bytes) : "it is not valid UTF-8";
    if (unreadable !== undefined) {
      done(invalid({ loc: ["body"], msg: `The body cannot be read as JSON: ${unreadable}` }));
      return;
    }
    const text = bytes.toString();
    // Fastify's own parser, since it refuses "__proto__" and "constructor.prototype" keys, escaped ones too.
    void parse(request, text, (error, value) => {
      if (error) done(invalid(isJson(text) ? FORBIDDEN : notJson(error)));
      else if (NOT_STORABLE.test(text)) {
        const fault = findNotStorable(value, ["body"]);
        if (fault) done(invalid(fault));
        else done(null, value);
      } else done(null, value);
    });
  });
}

/** Both reach JavaScript's own machinery when an object is copied carelessly; no field of ours has such a name. */
const FORBIDDEN = {
  loc: ["body"],
  msg: "The body has a field named '__proto__', or 'prototype' within 'constructor': such names are not accepted here; rename the field",
};

function notJson(error: Error): Omit<Fault, "type"> {
  return { loc: ["body"], msg: `The body is not valid JSON: ${error.message}` };
}

/** Only asked when the parser has refused the text, which it does for names, too. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(fault: Omit<Fault, "type">): ValidationFailed {
  return new ValidationFailed([{ ...fault, type: "json_invalid" }]);
}

/** NUL and halves of surrogate pairs: JSON can spell them, PostgreSQL can store neither in text nor in jsonb. */
const NOT_STORABLE = /\\u(0000|d[89a-f])/i;

/** Where such a character is; the test on the text above can be wrong, as in a doubled backslash. */
function findNotStorable(value: unknown, loc: (string | number)[]): Omit<Fault, "type"> | undefined {
  if (typeof value === "string") {
    if (value.includes("\0") || !value.isWellFormed()) {
      return { loc, msg: "Text holds a NUL or half of a surrogate pair, which cannot be stored" };
    }
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const place = [...loc, Array.isArray(value) ? Number(key) : key];
    const fault = findNotStorable(key, place) ?? findNotStorable(item, place);
    if (fault) return fault;
  }
  return undefined;
}
