import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import type { Quality } from "./kernel-case.ts";

export interface Finished {
  readonly quality: Quality;
  /** Highest resident memory of the process during its runs, its input included. */
  readonly peakMb: number;
  readonly versions: string;
  /** Seconds; of ours only. */
  readonly floor?: number | null;
}

/** A process that holds one case's data and runs it when told, so that ours and the reference can take turns. */
export class CaseProcess implements AsyncDisposable {
  readonly #child;
  readonly #lines;
  readonly #what: string;

  constructor(command: string, parameters: readonly string[]) {
    this.#what = [command, ...parameters].join(" ");
    this.#child = spawn(command, parameters, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async run(): Promise<number> {
    return ((await this.#ask("run")) as { seconds: number }).seconds;
  }

  async finish(): Promise<Finished> {
    return (await this.#ask("finish")) as Finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await once(this.#child, "exit");
  }

  async #ask(question: string): Promise<unknown> {
    this.#child.stdin.write(`${question}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#what} ended before it answered '${question}'.`);
    return JSON.parse(value) as unknown;
  }
}
