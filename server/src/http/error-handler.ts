import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

import { errorCodes, type ErrorCode } from "#contract/error-codes.ts";
import { isDatabaseAway } from "../db/database-errors.ts";
import { AppError, ValidationFailed } from "../platform/app-error.ts";

/** Every error of a request ends here: the client gets the contract's body, the log what really happened. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof ValidationFailed) {
    void reply.status(422).send({ detail: error.faults });
    return;
  }
  const answer = toAppError(error, request);
  if (answer.status >= 500) request.log.error({ err: error, code: answer.code }, "the request failed");
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
      "The Content-Type of this request is not accepted here. Send JSON with 'Content-Type: application/json'.",
  },
};

function toAppError(error: unknown, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error;
  const known = FASTIFY_CODES[(error as FastifyError).code];
  if (known) return new AppError(known.code, known.message, { cause: error });
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
