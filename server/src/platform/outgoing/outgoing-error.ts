import { AppError } from "../app-error.ts";

/** Which rule a request breaks; `details.reason`. */
export type Refusal =
  "url" | "scheme" | "credentials" | "host" | "port" | "address" | "redirect" | "too_many_redirects";

/** What became of a request that was allowed; `details.reason`. */
export type Failure =
  "unresolved" | "connection" | "time_limit" | "too_large" | "encoded" | "protocol" | "answer";

/** Facts for a record of what happened, public: never an address that a name stands for, which would map a network. */
export type Evidence = Readonly<Record<string, string | number | readonly string[]>>;

/** A request that must not be made. */
export class OutgoingRefused extends AppError {
  constructor(reason: Refusal, message: string, evidence: Evidence = {}, cause?: unknown) {
    super("outgoing_refused", message, { details: { reason, ...evidence }, cause });
    this.name = "OutgoingRefused";
  }
}

/** A request that was allowed and has no answer. */
export function outgoingFailed(
  reason: Failure,
  message: string,
  evidence: Evidence = {},
  cause?: unknown,
): AppError {
  return new AppError("outgoing_failed", message, { details: { reason, ...evidence }, cause });
}

/** A URL as errors name it: without user, password and query, which may hold secrets. */
export function shownUrl(url: URL): string {
  const text = `${url.protocol}//${url.host}${url.pathname}`;
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
