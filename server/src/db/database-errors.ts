/** What the database said, the same from PostgreSQL and PGlite. `code` is the SQLSTATE. */
export class DatabaseError extends Error {
  readonly code: string | undefined;
  readonly constraint: string | undefined;

  constructor(message: string, code: string | undefined, constraint: string | undefined) {
    super(message);
    this.name = "DatabaseError";
    this.code = code;
    this.constraint = constraint;
  }
}

function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** Deadlock, or a serialization failure: the same transaction may succeed when run again. */
export function isRetryable(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** A row with that key exists; `constraint` narrows it to one unique index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== "23505") return false;
  return constraint === undefined || (error as DatabaseError).constraint === constraint;
}

/** What a row refers to is not there (any more); `constraint` narrows it. */
export function isForeignKeyViolation(error: unknown, constraint: RegExp): boolean {
  return codeOf(error) === "23503" && constraint.test((error as DatabaseError).constraint ?? "");
}

/** A NUL character, or bytes that are no text: nothing here stores them. */
export function isNotStorable(error: unknown): boolean {
  const code = codeOf(error);
  return code === "22021" || code === "22P05";
}

/** The server answers, and does not let us in: wrong user, password or database name. */
export function isLoginRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code === "28P01" || code === "28000" || code === "3D000";
}

const AWAY = new Set([
  "ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "ETIMEDOUT", "EHOSTUNREACH", "EAI_AGAIN",
  "57P01", "57P02", "57P03", "53300", "08000", "08003", "08006", "08001", "08004",
]); // prettier-ignore

/** The database cannot be reached, is starting or stopping, or cut the connection. */
export function isDatabaseAway(error: unknown): boolean {
  if (AWAY.has(codeOf(error) ?? "")) return true;
  // The server's Unix socket is missing; any other missing file is a fault of ours.
  if (codeOf(error) === "ENOENT" && (error as NodeJS.ErrnoException).syscall === "connect") return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|connection error and is not queryable|PGlite is closed|driver has already been destroyed/.test(
      error.message,
    )
  );
}
