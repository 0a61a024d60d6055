import { nextTurn } from "../platform/timers.ts";

/** What a session is taken for: one statement, or a transaction of many. */
export type SessionUse = "statement" | "transaction";

/** Statements that may overtake a transaction that waits; about ten milliseconds of them. */
const OVERTAKING = 16;

/**
 * Turns of a single session. Statements go before transactions, which take five to ten times as long, and so does the
 * next statement of whoever has just had an answer: a page that is read in three statements would wait each time for a
 * run that begins or ends. A transaction lets sixteen pass at most; among their like the first come is the first served.
 */
export class SessionTurns {
  readonly #waiting: Record<SessionUse, (() => void)[]> = { statement: [], transaction: [] };
  #isTaken = false;
  #overtook = 0;

  /** Resolves when it is the caller's turn, with what ends it. */
  async take(use: SessionUse): Promise<() => void> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting[use].push(resolve));
    this.#isTaken = true;
    return () => this.#end(use);
  }

  #end(use: SessionUse): void {
    const { statement, transaction } = this.#waiting;
    // The answer is on its way to whoever asked; what they ask next comes within this turn of the event loop.
    const isAwaited = use === "statement" && statement.length === 0 && transaction.length > 0;
    if (isAwaited) void nextTurn().then(() => this.#next());
    else this.#next();
  }

  #next(): void {
    const { statement, transaction } = this.#waiting;
    const isOvertaking = statement.length > 0 && transaction.length > 0 && this.#overtook < OVERTAKING;
    this.#overtook = isOvertaking ? this.#overtook + 1 : 0;
    const next = isOvertaking ? statement.shift() : (transaction.shift() ?? statement.shift());
    if (next) next();
    else this.#isTaken = false;
  }
}
