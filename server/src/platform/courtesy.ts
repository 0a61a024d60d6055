import { nextTurn, sleep } from "./timers.ts";

/** Others are there for so long after the last of them has asked for something. */
const ATTENDED_MS = 250;
const LONGEST_PAUSE_MS = 200;

/**
 * Lets long work, such as an import, give way to whoever asks for something small meanwhile: it pauses some times as long
 * as it has worked. Alone it only lets the event loop turn.
 */
export class Courtesy {
  readonly #times: number;
  #lastAsked = -Infinity;

  /** @param times with 1 the others have half of the machine, with 3 three quarters */
  constructor(times: number) {
    this.#times = times;
  }

  /** Whether somebody else is there. */
  get isAttended(): boolean {
    return performance.now() - this.#lastAsked < ATTENDED_MS;
  }

  /** Somebody asks for something small. */
  asked(): void {
    this.#lastAsked = performance.now();
  }

  /** For one piece of long work: a function to be awaited between its steps, of some milliseconds each. */
  begin(): () => Promise<void> {
    let since = performance.now();
    return async () => {
      const workedMs = performance.now() - since;
      if (this.isAttended) await sleep(Math.min(this.#times * workedMs, LONGEST_PAUSE_MS));
      else await nextTurn();
      since = performance.now();
    };
  }
}
