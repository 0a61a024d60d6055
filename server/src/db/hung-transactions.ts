import { after } from "../platform/timers.ts";

export interface HungTransaction {
  readonly openedAt: string;
  readonly idleMs: number;
}

/**
 * Watches one open transaction: between two statements only code may run, never a wait. When it has been idle for
 * `limitMs` it is reported with the place that opened it, and ended, since on PGlite it holds up everybody.
 */
export class TransactionWatch {
  readonly #limitMs: number;
  readonly #openedAt: string;
  readonly #onHung: (hung: HungTransaction) => void;
  #cancel: (() => void) | undefined;

  constructor(limitMs: number, onHung: (hung: HungTransaction) => void) {
    this.#limitMs = limitMs;
    this.#onHung = onHung;
    this.#openedAt = callers();
  }

  statementStarted(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  statementEnded(): void {
    this.#cancel?.();
    this.#cancel = after(this.#limitMs, () =>
      this.#onHung({ openedAt: this.#openedAt, idleMs: this.#limitMs }),
    );
  }

  ended(): void {
    this.#cancel?.();
  }
}

/** The frames of our own code above this call. */
function callers(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const { stack = "" } = new Error("opened here");
  Error.stackTraceLimit = limit;
  return stack
    .split("\n")
    .slice(3)
    .filter((line) => !line.includes("node_modules") && !line.includes("node:internal"))
    .join("\n");
}
