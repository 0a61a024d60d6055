import { errorCodes, type ErrorCode } from "#contract/error-codes.ts";

export interface AppErrorOptions {
  /** Facts a program can use; sent to the client. */
  readonly details?: Record<string, unknown>;
  /** What really happened; for the log only, never sent. */
  readonly cause?: unknown;
}

/**
 * The one error a room throws at its caller. `message` is public: it says what was given, what was expected and
 * what to do next. Status and wire type follow from the code.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.details = options.details;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** The same answer for unknown, deleted and another tenant's: it must not tell which. */
export function notFound(
  resource: string,
  id: string,
  within: "namespace" | "organization" = "namespace",
): AppError {
  return new AppError("not_found", `${resource} '${id}' was not found in this ${within}.`, {
    details: { resource, id },
  });
}

/** A known field or header whose part of the product does not exist yet. */
export function notSupported(what: string, instead: string): AppError {
  return new AppError("not_supported", `${what} is not supported yet. ${instead}`, {
    details: { field: what },
  });
}

/** One fault of a request body, as the contract's 422 lists them. */
export interface Fault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** A request whose shape is wrong: answered 422 with every fault listed. */
export class ValidationFailed extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map((fault) => `${fault.loc.join(".")}: ${fault.msg}`).join("; "));
    this.name = "ValidationFailed";
    this.faults = faults;
  }
}
