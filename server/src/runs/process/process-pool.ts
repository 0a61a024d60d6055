import { type ChildOutcome, RunChild } from "./run-child.ts";

export interface ProcessPoolOptions {
  /** Children kept ready; as many as there are runs at once. */
  readonly size: number;
  readonly memoryBytes: number;
  readonly inForeground?: boolean;
}

export type { ChildOutcome };

/** A child is replaced after so many runs, in case something leaks. */
const RUNS_A_CHILD = 100;
/** A child that keeps more than this after a run is replaced: a fresh one takes about 100 MB. */
const IDLE_BYTES = 400 * 1024 * 1024;

/** Warm child processes: starting one and loading the numeric libraries takes longer than a small run. */
export class ProcessPool {
  readonly #options: ProcessPoolOptions;
  readonly #idle: RunChild[] = [];
  readonly #all = new Set<RunChild>();
  #stopped = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  /** Starts children until as many wait as can be needed. */
  warm(): void {
    while (!this.#stopped && this.#all.size < this.#options.size) this.#idle.push(this.#start());
  }

  /** A child for one run, in the caller's hands until `giveBack`. */
  take(): RunChild {
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) if (child.alive) return child;
    return this.#start();
  }

  /** Keeps the child for the next run, or ends it when it has grown, is old or is not needed. */
  async giveBack(child: RunChild): Promise<void> {
    const keep =
      child.alive &&
      child.runs < RUNS_A_CHILD &&
      this.#idle.length < this.#options.size &&
      (await child.residentBytes()) < IDLE_BYTES;
    if (keep && !this.#stopped) this.#idle.push(child);
    else await child.kill();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#idle.length = 0;
    await Promise.all([...this.#all].map((child) => child.kill()));
  }

  #start(): RunChild {
    const child = new RunChild(this.#options);
    this.#all.add(child);
    void child.gone.then(() => this.#all.delete(child));
    return child;
  }
}
