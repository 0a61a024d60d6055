import { isDatabaseAway } from "../../db/database-errors.ts";
import { AppError } from "../../platform/app-error.ts";

/** What a request that goes unit by unit has done already; it stays done, whatever becomes of the rest. */
export type Done = { readonly updated: number; readonly matched: number } | { readonly deleted: number };

/**
 * The error of a unit, with what the units before it have made durable: in the message, and as `durable` in the details.
 * Before the first unit has committed there is nothing to add.
 */
export function withDurable(error: unknown, done: Done): unknown {
  const count = "deleted" in done ? done.deleted : done.matched;
  if (count === 0) return error;
  const stays =
    "deleted" in done
      ? `${done.deleted} documents were deleted before and stay so.`
      : `${done.matched} documents had been gone through before, ${done.updated} of them were changed and stay so.`;
  if (error instanceof AppError) {
    return new AppError(error.code, `${error.message} ${stays}`, {
      cause: error.cause,
      details: { ...error.details, durable: done },
    });
  }
  if (isDatabaseAway(error)) {
    return new AppError(
      "database_unavailable",
      `The database could not be reached in the middle of the request. ${stays} Whether the ones after that were is not known; sending the request again is safe.`,
      { cause: error, details: { durable: done } },
    );
  }
  return new AppError(
    "internal",
    `Something failed on our side in the middle of the request. ${stays} The server's log has more.`,
    { cause: error, details: { durable: done } },
  );
}
