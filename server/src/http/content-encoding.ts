import type { IncomingHttpHeaders } from "node:http";

import { AppError } from "../platform/app-error.ts";
import type { App } from "./route.ts";

/** What a route that unpacks compressed bodies takes. */
export const ENCODINGS = ["gzip", "deflate", "br", "zstd"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The body's encoding, undefined for one that is sent as it is. Throws `unsupported_media_type` for others and for several. */
export function encodingOf(headers: IncomingHttpHeaders): Encoding | undefined {
  const given = (headers["content-encoding"] ?? "").trim().toLowerCase();
  if (given === "" || given === "identity") return undefined;
  // RFC 9110 has the older name for the same.
  const name = given === "x-gzip" ? "gzip" : given;
  const known = ENCODINGS.find((encoding) => encoding === name);
  if (known) return known;
  throw new AppError(
    "unsupported_media_type",
    `The Content-Encoding '${given.slice(0, 100)}' is not read here. Send the body as it is, or in one of: ${ENCODINGS.join(", ")}.`,
    { details: { encodings: [...ENCODINGS] } },
  );
}

/** Refuses compressed bodies on every route that does not unpack them itself: they would be taken for broken JSON. */
export function refuseEncodings(app: App): void {
  app.addHook("preParsing", (request, _reply, _payload, done) => {
    const { config } = request.routeOptions;
    const given = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
    if (given === "" || given === "identity" || config.readsEncodings) {
      done();
      return;
    }
    done(
      new AppError(
        "unsupported_media_type",
        `The Content-Encoding '${given.slice(0, 100)}' is not read on this route; send the body as it is. Ingesting documents takes ${ENCODINGS.join(", ")}.`,
        { details: { encodings: [] } },
      ),
    );
  });
}
