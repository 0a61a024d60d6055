import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { TestSignals } from "./test-signals.ts";
import { sleep } from "./timers.ts";

/** Everything that runs in the background: started and stopped by main.ts, in that order and its reverse. */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  /** Finishes what is in hand, takes up nothing new, then resolves. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly name: string;
  readonly logger: Logger;
  readonly signals: TestSignals;
  readonly clock: Clock;
  /** One round of work. Returns how long to sleep before the next if nothing wakes it; 0 for at once. */
  readonly runOnce: (signal: AbortSignal) => Promise<number>;
  /** First and longest pause after a round that threw; it doubles in between. */
  readonly retryMs?: { readonly first: number; readonly longest: number };
}

/**
 * A background loop: `runOnce`, sleep until it asked to be called again or `wake()` is called, repeat. A round that
 * throws is logged with the loop's name and tried again after a growing pause; it never ends the loop.
 * Announces `<name>.round` after each round and `<name>.failed` after one that threw.
 */
export class Loop implements Service {
  readonly name: string;
  readonly #options: LoopOptions;
  #stopping = new AbortController();
  #nap = new AbortController();
  #woken = false;
  #running: Promise<void> | undefined;

  constructor(options: LoopOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): Promise<void> {
    this.#stopping = new AbortController();
    this.#running = this.#run();
    return Promise.resolve();
  }

  /** Resolves when the loop has ended. */
  get stopped(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#nap.abort();
    await this.#running;
  }

  /** Ends the current sleep, or makes the next one end at once if a round is in progress. */
  wake(): void {
    this.#woken = true;
    this.#nap.abort();
  }

  async #run(): Promise<void> {
    const { runOnce, logger, signals, retryMs = { first: 100, longest: 5_000 } } = this.#options;
    let pause = retryMs.first;
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      let sleepMs: number;
      let failed = false;
      try {
        sleepMs = await runOnce(this.#stopping.signal);
        pause = retryMs.first;
        signals.announce(`${this.name}.round`);
      } catch (error) {
        logger.error({ err: error, service: this.name, retryInMs: pause }, "a round of the service failed");
        signals.announce(`${this.name}.failed`, error);
        failed = true;
        sleepMs = pause;
        pause = Math.min(pause * 2, retryMs.longest);
      }
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- wake() sets it while we await
      if (!failed && (this.#woken || sleepMs <= 0)) continue;
      this.#nap = new AbortController();
      // A wake-up does not shorten the pause after a failure: with the database away it would be a spin.
      const ends = failed
        ? this.#stopping.signal
        : AbortSignal.any([this.#nap.signal, this.#stopping.signal]);
      await sleep(sleepMs, ends);
    }
  }
}
