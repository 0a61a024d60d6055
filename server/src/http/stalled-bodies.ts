import type { IncomingMessage, ServerResponse } from "node:http";

import { AppError } from "../platform/app-error.ts";
import { every } from "../platform/timers.ts";
import type { App } from "./route.ts";

/** How often a body is looked at within the time it may pause. */
const LOOKS = 4;

/**
 * Ends requests whose body stops arriving: a client that went silent would hold its request, and what the request
 * holds, for ever. There is no limit on the whole: a body may take as long as it keeps coming, and the time in which
 * the server itself has something to work off does not count.
 */
export function endStalledBodies(app: App, stallMs: number): void {
  app.addHook("onRequest", (request, reply, done) => {
    const { headers } = request;
    const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
    if (hasBody) watch(request.raw, reply.raw, stallMs);
    done();
  });
}

function watch(body: IncomingMessage, answer: ServerResponse, stallMs: number): void {
  const { socket } = body;
  let arrived = socket.bytesRead;
  let quiet = 0;
  const stop = every(stallMs / LOOKS, () => {
    // What has arrived and is not read yet waits for us, not for the client.
    const isWaiting = socket.bytesRead === arrived && body.readableLength === 0 && !body.readableEnded;
    arrived = socket.bytesRead;
    quiet = isWaiting ? quiet + 1 : 0;
    if (quiet < LOOKS) return;
    quiet = 0;
    // Whoever reads the body answers. When that has happened, or nobody does, there is nothing left to say.
    if (told || answer.writableEnded || body.listenerCount("error") === 0) body.destroy();
    else body.emit("error", stalled(stallMs));
    told = true;
  });
  let told = false;
  body.once("end", stop);
  body.once("close", stop);
}

function stalled(stallMs: number): AppError {
  const seconds = Math.round(stallMs / 1000);
  return new AppError(
    "body_stalled",
    `Nothing more of the request's body arrived for ${seconds} seconds, and it is not complete. Send it again without pauses; ` +
      "is its Content-Length right?",
    { details: { stalled_seconds: seconds } },
  );
}
