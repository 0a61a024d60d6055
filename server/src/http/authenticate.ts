import type { FastifyRequest } from "fastify";

import { AppError, ValidationFailed } from "../platform/app-error.ts";
import { allows } from "../tenancy/caller.ts";
import type { KnownCallers } from "../tenancy/known-callers.ts";
import "./request-context.ts";

const HOW = "Send it as 'Authorization: Bearer sk_…'; `recluster keys create` makes one.";

/** Runs before every route: who asks, may they, and in which namespace. Order of the answers: 401, 403, 422, 404. */
export async function authenticate(callers: KnownCallers, request: FastifyRequest): Promise<void> {
  const { permission, namespace } = request.routeOptions.config;
  if (permission === undefined || permission === "public") return;
  request.caller = await callers.caller(readKey(request.headers.authorization));
  if (!allows(request.caller, permission)) {
    throw new AppError(
      "missing_permission",
      `This key lacks the permission '${permission}', which this route needs; it has: ${request.caller.permissions.join(", ")}.`,
      { details: { permission } },
    );
  }
  if (!namespace) return;
  request.namespace = await callers.namespace(request.caller, namespaceOf(request));
}

function readKey(header: string | undefined): string {
  if (header === undefined || header === "") {
    throw new AppError("missing_key", `An API key is required. ${HOW}`);
  }
  const key = /^Bearer +(\S+)$/i.exec(header.trim())?.[1];
  if (key === undefined)
    throw new AppError("malformed_key", `The Authorization header is not of the form 'Bearer <key>'. ${HOW}`);
  return key;
}

function namespaceOf(request: FastifyRequest): string {
  const header = request.headers["x-namespace"];
  const query = (request.query as Record<string, unknown>).namespace;
  const given =
    (Array.isArray(header) ? header[0] : header) ?? (typeof query === "string" ? query : undefined);
  if (given === undefined || given === "") {
    throw new ValidationFailed([
      {
        loc: ["header", "X-Namespace"],
        msg: "Field required: the id or name of a namespace",
        type: "missing",
      },
    ]);
  }
  return given;
}
