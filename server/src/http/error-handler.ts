import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

import { errorCodes, type ErrorCode } from "#contract/error-codes.ts";
import { isDatabaseAway, isForeignKeyViolation, isNotStorable } from "../db/database-errors.ts";
import type { NamespaceRef } from "../tenancy/caller.ts";
import { AppError, notFound, ValidationFailed } from "../platform/app-error.ts";

/** Every error of a request ends here: the client gets the contract's body, the log what really happened. */
export function handleError(
  error: unknown,
  request: Pick<FastifyRequest, "id" | "log" | "namespace" | "raw">,
  reply: FastifyReply,
): void {
  if (error instanceof ValidationFailed) {
    void reply.status(422).send({ detail: error.faults });
    return;
  }
  const answer = toAppError(error, request);
  const retryAfter = answer.details?.retry_after_seconds;
  if (typeof retryAfter === "number") void reply.header("retry-after", String(retryAfter));
  // Fastify cuts the connection of a client that sends too much, and the client would get an error in place of the
  // answer: the rest is taken and dropped.
  if (answer.status === 413) {
    void reply.removeHeader("connection");
    request.raw.resume();
  }
  // The rest of its body is not waited for.
  if (answer.status === 408) void reply.header("connection", "close");
  if (answer.status >= 500) request.log.error({ err: error, code: answer.code }, "the request failed");
  else request.log.debug({ err: error, code: answer.code }, "the request was refused");
  // RFC 9110: a 401 names the scheme it wants.
  if (answer.status === 401) void reply.header("www-authenticate", "Bearer");
  void reply.status(answer.status).send(errorBody(answer));
}

export function errorBody(error: AppError) {
  const { type, status } = errorCodes[error.code];
  return {
    success: false,
    status,
    error: {
      message: error.message,
      type,
      code: error.code,
      ...(error.details ? { details: error.details } : {}),
    },
  };
}

const FASTIFY_CODES: Record<string, { code: ErrorCode; message: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: "body_too_large",
    message:
      "The request body is larger than this route accepts. Send it in several requests, or documents as NDJSON, which has no limit.",
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "unsupported_media_type",
    message:
      "The Content-Type of this request is not accepted here. Send JSON with 'Content-Type: application/json'; ingestion takes NDJSON, CSV, Parquet, Arrow and npy under their own types, too.",
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "invalid_value",
    message: "The request body is shorter or longer than its Content-Length says. Send it again.",
  },
  FST_ERR_BAD_URL: {
    code: "route_not_found",
    message: "The path of this request cannot be decoded: a '%' in it must be followed by two hex digits.",
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    code: "route_not_found",
    message: "A part of this request's path is longer than any id or name here.",
  },
};

/** Every table of a namespace's things names its foreign key so. */
const NAMESPACE_KEY = /_namespace_id_fkey$/;

/**
 * The client went away in the middle of its body. Its socket's ECONNRESET must not be taken for the database's: Node
 * calls a request's end "aborted", and Fastify's parsers make a 400 of it.
 */
function isBrokenOff(error: unknown): boolean {
  const { statusCode, code, message } = error as Partial<FastifyError>;
  return statusCode === 400 || (code === "ECONNRESET" && message === "aborted");
}

/** The status an error of this request is answered with. */
export function statusOf(error: unknown, request: Pick<FastifyRequest, "id" | "namespace">): number {
  return error instanceof ValidationFailed ? 422 : toAppError(error, request).status;
}

/** Every answer that is our fault names the request, for whoever looks into the log. */
function withRequestId(error: AppError, requestId: string): AppError {
  const details = { ...error.details, request_id: requestId };
  return new AppError(error.code, error.message, { cause: error.cause ?? error, details });
}

function toAppError(error: unknown, request: Pick<FastifyRequest, "id" | "namespace">): AppError {
  if (error instanceof AppError) return error.status < 500 ? error : withRequestId(error, request.id);
  const known = FASTIFY_CODES[(error as FastifyError).code];
  if (known) return new AppError(known.code, known.message, { cause: error });
  if (isBrokenOff(error)) {
    return new AppError("invalid_value", "The request ended before its body did. Send it again.", {
      cause: error,
    });
  }
  if (isNotStorable(error)) {
    return new AppError(
      "invalid_value",
      "A text of this request holds a NUL character or is not valid Unicode, which cannot be stored.",
      { cause: error },
    );
  }
  // The namespace was there when the request began and was deleted meanwhile.
  const namespace = request.namespace as NamespaceRef | undefined;
  if (namespace && isForeignKeyViolation(error, NAMESPACE_KEY)) {
    return notFound("namespace", namespace.namespaceId, "organization");
  }
  if (isDatabaseAway(error)) {
    return new AppError(
      "database_unavailable",
      "The database cannot be reached at the moment. Nothing was changed; try again.",
      {
        cause: error,
        details: { request_id: request.id },
      },
    );
  }
  return new AppError(
    "internal",
    "Something failed on our side. The server's log has more under this request id.",
    {
      cause: error,
      details: { request_id: request.id },
    },
  );
}
