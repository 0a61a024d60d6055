/** A request the server refused or could not answer. The message is the server's own, made for people. */
export class RequestError extends Error {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number;
  /** The fine-grained code of an error answer, or `validation_failed` for a 422. */
  readonly code: string;
  /** The answer's body, where there was one. */
  readonly body: unknown;
  /** How long the server asks to wait before the request is sent again; null where it does not say. */
  readonly retryAfterSeconds: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    body: unknown,
    cause?: unknown,
    retryAfterSeconds: number | null = null,
  ) {
    super(message, { cause });
    this.name = "RequestError";
    this.status = status;
    this.code = code;
    this.body = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Makes the error out of an answer, whichever of the contract's two error bodies it has; `retryAfter` is its header. */
export function toRequestError(
  status: number,
  body: unknown,
  retryAfter: string | null = null,
): RequestError {
  // The header may also be a date, which our server never sends.
  const seconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  const { error, detail } = (typeof body === "object" && body !== null ? body : {}) as {
    error?: { message: string; code?: string };
    detail?: { loc: (string | number)[]; msg: string }[];
  };
  if (error) {
    return new RequestError(status, error.code ?? "error", error.message, body, undefined, seconds);
  }
  if (Array.isArray(detail)) {
    const faults = detail.map((fault) => `${fault.loc.join(".")}: ${fault.msg}`).join("\n");
    return new RequestError(status, "validation_failed", faults, body);
  }
  return new RequestError(
    status,
    "unexpected_answer",
    `The server answered ${status} with a body this client does not know.`,
    body,
    undefined,
    seconds,
  );
}
