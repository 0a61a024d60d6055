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
  readonly #opened: Error | undefined;
  readonly #onHung: (hung: HungTransaction) => void;
  #cancel: (() => void) | undefined;

  constructor(limitMs: number, opened: Error | undefined, onHung: (hung: HungTransaction) => void) {
    this.#limitMs = limitMs;
    this.#opened = opened;
    this.#onHung = onHung;
  }

  statementStarted(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  statementEnded(): void {
    this.#cancel?.();
    this.#cancel = after(this.#limitMs, () =>
      this.#onHung({ openedAt: ownFrames(this.#opened), idleMs: this.#limitMs }),
    );
  }

  ended(): void {
    this.#cancel?.();
  }
}

/** Remembers the place of the call; the text is made only if it is needed. */
export function markPlace(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const place = new Error("opened here");
  Error.stackTraceLimit = limit;
  return place;
}

/** The frames of our own code above the call that was marked. */
function ownFrames(place: Error | undefined): string {
  return (place?.stack ?? "")
    .split("\n")
    .slice(3)
    .filter((line) => !line.includes("node_modules") && !line.includes("node:internal"))
    .join("\n");
}
