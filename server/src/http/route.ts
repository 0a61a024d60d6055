import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
} from "fastify";
import { Type, type Static, type TSchema } from "typebox";

import type { Permission } from "../db/tables.ts";
import type { Logger } from "../platform/logger.ts";
import { answerOnce } from "./idempotency/answer-once.ts";
import type { KeysDeps } from "./idempotency/held-key.ts";
import { refuseKey } from "./idempotency/read-key.ts";

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Logger
>;

declare module "fastify" {
  interface FastifyContextConfig {
    permission?: Permission | "public";
    namespace?: boolean;
    bodyOptional?: boolean;
    takesKey?: boolean;
    readsEncodings?: boolean;
  }
  interface FastifyInstance {
    keys: KeysDeps;
  }
}

export interface RouteSchema {
  readonly params?: TSchema;
  readonly querystring?: TSchema;
  readonly body?: TSchema;
  /** The answer of a success, by status. The errors every route can answer are added. */
  readonly response: Record<number, TSchema>;
}

type StaticOf<T> = T extends TSchema ? Static<T> : unknown;

export interface RouteRequest<S extends RouteSchema> extends FastifyRequest<
  RouteGenericInterface,
  RawServerDefault,
  RawRequestDefaultExpression
> {
  params: StaticOf<S["params"]>;
  query: StaticOf<S["querystring"]>;
  body: StaticOf<S["body"]>;
}

export interface RouteOptions<S extends RouteSchema> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  /** What the key must allow; `public` needs no key. Every route says it. */
  readonly permission: Permission | "public";
  /** Whether the request works inside a namespace (`X-Namespace`, or `?namespace=`). */
  readonly namespace: boolean;
  /** True where every field of the body has a default, so that no body means the defaults. */
  readonly bodyOptional?: boolean;
  readonly bodyLimit?: number;
  /**
   * For routes that create or start something: takes an Idempotency-Key, so the handler returns its answer (it is
   * stored) and makes its ids with `newIdFor` or `makeOnce`. A route that reads its body itself gives the body's hash.
   */
  readonly idempotent?: true | { readonly bodyHash: (request: FastifyRequest) => Promise<string> };
  /** Whether the route unpacks compressed bodies itself. */
  readonly readsEncodings?: boolean;
  /** For OpenAPI. */
  readonly tag: string;
  readonly summary: string;
  readonly operationId: string;
  readonly schema: S;
  readonly handler: (request: RouteRequest<S>, reply: FastifyReply) => unknown;
}

/**
 * The contract's statuses of an error, and beyond them 503 and, where something is sent or changed, 408, 409, 413, 415
 * and 429. Registered by app.ts under their names, so that OpenAPI has each once.
 */
const refused = { $ref: "ErrorResponse#" };
const errors = {
  400: refused,
  401: refused,
  403: refused,
  404: refused,
  422: { $ref: "HTTPValidationError#" },
  500: refused,
  503: refused,
};
const changeErrors = { ...errors, 408: refused, 409: refused, 413: refused, 415: refused, 429: refused };

/** `?namespace=` stands in for the header, also where a route takes no other query. */
function withNamespace(querystring: TSchema | undefined): TSchema {
  const own = (querystring ?? Type.Object({})) as TSchema & { properties?: Record<string, TSchema> };
  const namespace = Type.Optional(Type.String({ description: "Used where there is no X-Namespace" }));
  return { ...own, properties: { ...own.properties, namespace } };
}

/**
 * Declares a route: one place says who may call it, what goes in and out, and what it is called. Authentication,
 * namespace and validation have happened when the handler runs.
 */
export function route<const S extends RouteSchema>(app: App, options: RouteOptions<S>): void {
  const {
    method,
    url,
    permission,
    namespace,
    bodyOptional = false,
    bodyLimit,
    idempotent,
    readsEncodings = false,
    tag,
    summary,
    operationId,
    schema,
  } = options;
  app.route({
    method,
    url,
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    config: { permission, namespace, bodyOptional, takesKey: idempotent !== undefined, readsEncodings },
    schema: {
      tags: [tag],
      summary,
      operationId,
      ...(permission === "public" ? {} : { security: [{ apiKey: [] }] }),
      ...schema,
      ...(namespace ? { querystring: withNamespace(schema.querystring) } : {}),
      response: {
        ...(permission === "public" ? {} : method === "GET" ? errors : changeErrors),
        ...schema.response,
      },
    },
    handler: mindingKeys(app, options) as never,
  });
}

/** The handler, with what the route does about an Idempotency-Key: takes it, refuses it, or (a read) has no use for it. */
function mindingKeys<const S extends RouteSchema>(app: App, options: RouteOptions<S>) {
  const { method, url, permission, idempotent } = options;
  // RouteRequest is what Fastify passes after validation; its own generics cannot say so for a type parameter.
  const handler = options.handler as unknown as (request: FastifyRequest, reply: FastifyReply) => unknown;
  if (idempotent) {
    const bodyHash = idempotent === true ? undefined : idempotent.bodyHash;
    return answerOnce(app.keys, { name: `${method} ${url}`, bodyHash }, handler);
  }
  if (permission === "read" || permission === "public") return handler;
  return (request: FastifyRequest, reply: FastifyReply) => {
    refuseKey(request.headers);
    return handler(request, reply);
  };
}
