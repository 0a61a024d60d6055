import type { Caller, NamespaceRef } from "../tenancy/caller.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set on every route but the public ones. */
    caller: Caller;
    /** Set on the routes declared with `namespace: true`. */
    namespace: NamespaceRef;
  }
}
