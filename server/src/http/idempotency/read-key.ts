import type { IncomingHttpHeaders } from "node:http";

import { AppError, ValidationFailed } from "../../platform/app-error.ts";

export const HEADER = "Idempotency-Key";
const MOST = 255;

/** The request's key, or undefined without one; throws ValidationFailed for what is none. */
export function readKey(headers: IncomingHttpHeaders): string | undefined {
  const given = headers["idempotency-key"];
  if (given === undefined) return undefined;
  // A header that is sent twice comes as one text with ", " in it.
  const key = Array.isArray(given) ? given.join(", ") : given;
  if (/^[\x21-\x7e]+$/.test(key) && key.length <= MOST) return key;
  throw new ValidationFailed([
    {
      loc: ["header", HEADER],
      msg: `Input should be 1 to ${MOST} visible ASCII characters without blanks, given once; this has ${key.length}`,
      type: "string_pattern_mismatch",
    },
  ]);
}

/** For routes that change something and take no key: ignoring it would break the promise its sender relies on. */
export function refuseKey(headers: IncomingHttpHeaders): void {
  if (headers["idempotency-key"] === undefined) return;
  throw new AppError(
    "not_supported",
    `This route takes no ${HEADER}; leave it out. Routes that create or start something take one, but those whose ` +
      "answer holds a secret, which is not kept.",
    { details: { field: HEADER } },
  );
}
