import { Worker } from "node:worker_threads";

import type { ExecutionChanges } from "#contract/changes.ts";
import { siblingModule } from "../../platform/sibling-module.ts";
import type { ComparisonJob } from "./compare-runs-worker.ts";

/**
 * Compares runs by their files, one pair at a time in a thread of its own: requests go on meanwhile, and however many
 * ask, one comparison's memory is taken. Throws ENOENT if the files of one are gone.
 */
export class RunComparer {
  readonly #memoryBytes: () => number;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param memoryBytes of V8's heap, most; asked for each comparison */
  constructor(memoryBytes: () => number) {
    this.#memoryBytes = memoryBytes;
  }

  compare(job: ComparisonJob): Promise<ExecutionChanges> {
    const mine = this.#turn.then(() => this.#inThread(job));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #inThread(job: ComparisonJob): Promise<ExecutionChanges> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(siblingModule(import.meta.url, "compare-runs-worker"), {
        workerData: job,
        resourceLimits: { maxOldGenerationSizeMb: Math.ceil(this.#memoryBytes() / 2 ** 20) },
      });
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) =>
        reject(new Error(`The comparison ended with code ${code} and no result.`)),
      );
    });
  }
}
