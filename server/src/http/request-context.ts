import type { Caller, NamespaceRef } from "../tenancy/caller.ts";
import type { HeldKey } from "./idempotency/held-key.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set on every route but the public ones. */
    caller: Caller;
    /** Set on the routes declared with `namespace: true`. */
    namespace: NamespaceRef;
    /** Set while a request with an Idempotency-Key runs. */
    heldKey: HeldKey | undefined;
    /** Hash of a JSON body's bytes, for requests with an Idempotency-Key. */
    bodyHash: string | undefined;
  }
}
