/** One fault of a 422. */
export interface RequestFault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** An answer that is not a success, or (status 0, code `unreachable`) no answer at all. */
export class RequestError extends Error {
  readonly status: number;
  /** `error.code` of the answer (docs/errors.md); `invalid_request` for a 422. */
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Every fault of a 422; empty otherwise. */
  readonly faults: readonly RequestFault[];

  constructor(
    message: string,
    fields: {
      status: number;
      code: string;
      details?: Record<string, unknown>;
      faults?: readonly RequestFault[];
      cause?: unknown;
    },
  ) {
    super(message, { cause: fields.cause });
    this.name = "RequestError";
    this.status = fields.status;
    this.code = fields.code;
    this.details = fields.details ?? {};
    this.faults = fields.faults ?? [];
  }
}

/** Reads the contract's two error bodies; what is neither (a proxy's page) becomes `unexpected_answer`. */
export function toRequestError(status: number, body: unknown): RequestError {
  const { error, detail } = (typeof body === "object" && body !== null ? body : {}) as {
    error?: { message?: string; code?: string; details?: Record<string, unknown> };
    detail?: readonly RequestFault[];
  };
  if (Array.isArray(detail)) {
    const faults = detail as readonly RequestFault[];
    const message = faults.map((fault) => `${fault.loc.join(".")}: ${fault.msg}`).join("; ");
    return new RequestError(message, { status, code: "invalid_request", faults });
  }
  if (error?.message !== undefined) {
    const { message, code = "unknown", details = {} } = error;
    return new RequestError(message, { status, code, details });
  }
  return new RequestError(`The server answered ${status} in a form that is not this API's.`, {
    status,
    code: "unexpected_answer",
  });
}
