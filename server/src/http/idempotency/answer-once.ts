import { createHash } from "node:crypto";

import type { FastifyReply, FastifyRequest } from "fastify";

import { AppError } from "../../platform/app-error.ts";
import { newUuid } from "../../platform/ids.ts";
import { statusOf } from "../error-handler.ts";
import { HeldKey, type KeysDeps } from "./held-key.ts";
import { claimKey, type KeyAddress } from "./key-store.ts";
import { HEADER, readKey } from "./read-key.ts";

export const REPLAYED = "idempotent-replayed";
const TRY_AGAIN_SECONDS = 5;

/** How a route's request is told from another with the same key. */
export interface KeyedRoute {
  /** Method and pattern. */
  readonly name: string;
  /**
   * For a route that reads its body itself: reads what is left of it and tells the hash of all. It is called when the
   * handler has succeeded, or instead of it. Undefined where the body was read before.
   */
  readonly bodyHash: ((request: FastifyRequest) => Promise<string>) | undefined;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * A handler that does its work once for each Idempotency-Key: the same request again gets the stored answer, another
 * body and one that still runs a 409. Only what succeeded is stored; a refused or failed request frees its key. The
 * answer is stored after the work: a server that dies in between leaves a key whose next try makes the same ids
 * (`newIdFor`), so it finds what is there.
 */
export function answerOnce(deps: KeysDeps, route: KeyedRoute, handler: Handler): Handler {
  return async (request, reply) => {
    const key = readKey(request.headers);
    if (key === undefined) return handler(request, reply);
    const address = { organizationId: request.caller.organizationId, route: route.name, key };
    const known = route.bodyHash ? null : fingerprintOf(request, request.bodyHash ?? "");
    const owner = newUuid();
    const claim = await claimKey(deps.db.sql, deps.clock, address, owner, known);
    const fingerprint = async () => known ?? fingerprintOf(request, await route.bodyHash!(request));
    switch (claim.outcome) {
      case "answered":
        if ((await fingerprint()) !== claim.fingerprint) throw conflict(address);
        void reply.status(claim.status).header(REPLAYED, "true");
        return JSON.parse(claim.answer) as unknown;
      case "taken":
        if (known !== null && claim.fingerprint !== null && known !== claim.fingerprint)
          throw conflict(address);
        throw stillRunning(address);
      case "held":
        break;
    }
    const held = new HeldKey(deps, address, owner, [
      address.organizationId,
      route.name,
      key,
      claim.firstUsedAt.getTime(),
      known ?? "",
    ]);
    request.heldKey = held;
    let answer: unknown;
    let own: string;
    try {
      answer = await handler(request, reply);
      own = await fingerprint();
    } catch (error) {
      await held.free(statusOf(error, request) >= 500);
      throw error;
    }
    await held.answered(reply.statusCode, JSON.stringify(answer), own);
    return answer;
  };
}

/** What must be equal for a request to count as the same: also who may see its answer. */
function fingerprintOf(request: FastifyRequest, bodyHash: string): string {
  const { caller, namespace } = request;
  const [path, query = ""] = request.url.split("?", 2);
  const type = (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  const parts = [
    request.method,
    path,
    query,
    (namespace as typeof namespace | undefined)?.namespaceId ?? null,
    caller.namespaceScope,
    type,
    bodyHash,
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function conflict({ key }: KeyAddress): AppError {
  return new AppError(
    "idempotency_conflict",
    `The ${HEADER} '${key}' was used on this route for another request: another path, query, namespace or body. Use a new key for a new request.`,
    { details: { idempotency_key: key } },
  );
}

function stillRunning({ key }: KeyAddress): AppError {
  return new AppError(
    "request_running",
    `A request with the ${HEADER} '${key}' is still running on this route. Ask again for its answer; if its server has died, the key is free within a minute.`,
    { details: { idempotency_key: key, retry_after_seconds: TRY_AGAIN_SECONDS } },
  );
}
