import { type ChildProcess, fork } from "node:child_process";

import { siblingModule } from "../../platform/sibling-module.ts";
import type { DriftJob, DriftResult } from "../drift/measure-drift.ts";
import type { NameClusters } from "../compute/ask-for-names.ts";
import type { Compared, CompareJob } from "../rules/compare-predictions.ts";
import type { Placed, PlaceJob } from "../rules/place-documents.ts";
import type { RunJob, RunProgress, RunResult } from "../run-result.ts";
import type { FromChild, ToChild } from "./messages.ts";
import { type MemoryWatch, residentBytes, watchMemory } from "./resident-memory.ts";

export interface RunHandlers {
  readonly onProgress: (progress: RunProgress) => void;
  readonly allocateNumbers: (count: number) => Promise<number>;
  /** Asks a language model; whatever becomes of that is an answer. */
  readonly nameClusters: NameClusters;
}

/** What became of a run in a child, or of a measurement; `peakRssBytes` is the highest of the samples taken meanwhile. */
export type ChildOutcome<Result = RunResult> = { readonly peakRssBytes: number } & (
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly repeats: boolean; readonly code: string; readonly message: string }
  /** The process ended before the run did. */
  | { readonly kind: "gone"; readonly why: "out_of_memory" | "process_crashed"; readonly message: string }
);

export interface RunChildOptions {
  /** Resident memory at which the process is killed. */
  readonly memoryBytes: number;
  /** Whether somebody waits for it, so that it does not give way to others. */
  readonly inForeground?: boolean;
}

const never = () => Promise.reject(new Error("not of a run"));
/** Only runs have something to ask for. */
const ASKING_NOTHING: RunHandlers = {
  onProgress: () => undefined,
  allocateNumbers: never,
  nameClusters: never,
};

/** The child needs neither the database nor any key: it is the server that asks models. */
const PRIVATE = [
  "DATABASE_URL",
  "RECLUSTER_API_KEY",
  "RECLUSTER_SIGNING_SECRET",
  "OPENAI_API_KEY",
  "ANTHROPIC_API_KEY",
  "GOOGLE_GENERATIVE_AI_API_KEY",
  "NODE_TEST_CONTEXT",
];
const STDERR_KEPT = 4_000;

/** One child process, which computes one run after the other. */
export class RunChild {
  readonly pid: number | undefined;
  /** Resolves when the process has gone. */
  readonly gone: Promise<void>;
  runs = 0;
  alive = true;
  readonly #child: ChildProcess;
  readonly #memoryBytes: number;
  #stderr = "";
  #exit = "it did not start";
  #exceeded = false;
  #onMessage: ((message: FromChild) => void) | undefined;

  constructor({ memoryBytes, inForeground = false }: RunChildOptions) {
    this.#memoryBytes = memoryBytes;
    const hidden = new Set(PRIVATE);
    this.#child = fork(siblingModule(import.meta.url, "run-process"), inForeground ? ["foreground"] : [], {
      execArgv: execArgv(memoryBytes),
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.has(name))),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // Vectors go as they are, not as text.
      serialization: "advanced",
    });
    this.pid = this.#child.pid;
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#child.on("message", (message) => this.#onMessage?.(message as FromChild));
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended = (how: string): void => {
      this.#exit = how;
      this.alive = false;
      resolve();
    };
    this.#child.once("error", (error) => ended(error.message));
    // "close" comes after "exit", when the last of standard error has been read.
    this.#child.once("close", (code, signal) => ended(signal ? `ended by ${signal}` : `exit code ${code}`));
    this.gone = promise;
  }

  /** Computes `job`. Resolves in every case; one run at a time. */
  run(job: RunJob, handlers: RunHandlers): Promise<ChildOutcome> {
    return this.#work({ kind: "run", job }, handlers);
  }

  /** The same for a measurement. */
  measure(job: DriftJob): Promise<ChildOutcome<DriftResult>> {
    return this.#work({ kind: "measure", job }, ASKING_NOTHING);
  }

  /** The same for documents that are to be placed. */
  place(job: PlaceJob): Promise<ChildOutcome<readonly Placed[]>> {
    return this.#work({ kind: "place", job }, ASKING_NOTHING);
  }

  /** The same for predictions. */
  compare(job: CompareJob): Promise<ChildOutcome<Compared>> {
    return this.#work({ kind: "compare", job }, ASKING_NOTHING);
  }

  async #work<Result>(task: ToChild, handlers: RunHandlers): Promise<ChildOutcome<Result>> {
    this.runs++;
    const watch =
      this.pid === undefined
        ? undefined
        : watchMemory(this.pid, this.#memoryBytes, () => {
            this.#exceeded = true;
            void this.kill();
          });
    const { promise, resolve } = Promise.withResolvers<ChildOutcome<Result>>();
    this.#onMessage = (message) => {
      switch (message.kind) {
        case "ready":
          break;
        case "progress":
          handlers.onProgress(message.progress);
          break;
        case "allocate":
          // A refusal ends the process: whatever it is, the run cannot go on.
          handlers.allocateNumbers(message.count).then(
            (first) => this.#send({ kind: "numbers", first }),
            () => this.kill(),
          );
          break;
        case "name":
          handlers.nameClusters(message.request).then(
            (answer) => this.#send({ kind: "names", answer }),
            () => this.kill(),
          );
          break;
        case "done":
        case "failed":
          resolve({ ...message, peakRssBytes: watch?.peakBytes ?? 0 } as ChildOutcome<Result>);
      }
    };
    void this.gone.then(() => resolve(this.#lost(watch)));
    this.#send(task);
    try {
      return await promise;
    } finally {
      watch?.stop();
      this.#onMessage = undefined;
    }
  }

  /** Tells the child that its run's lease holds for `ms` more milliseconds. */
  extendLease(ms: number): void {
    this.#send({ kind: "lease", ms });
  }

  /** Ends the process at once; a call inside a kernel cannot be interrupted otherwise. Resolves when it has gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.gone;
  }

  async residentBytes(): Promise<number> {
    return this.pid === undefined ? 0 : ((await residentBytes(this.pid)) ?? 0);
  }

  #send(message: ToChild): void {
    // A child that has gone is reported by `gone`, not here.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #lost(watch: MemoryWatch | undefined): ChildOutcome<never> {
    const peakRssBytes = watch?.peakBytes ?? 0;
    const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
    if (this.#exceeded) {
      return {
        kind: "gone",
        why: "out_of_memory",
        message: `The run's process reached ${megabytes(peakRssBytes)} and was ended; the limit is ${megabytes(this.#memoryBytes)} (RECLUSTER_RUN_MEMORY_MB).`,
        peakRssBytes,
      };
    }
    if (/heap out of memory|std::bad_alloc/.test(this.#stderr)) {
      const message = `The run's process found no more memory at ${megabytes(peakRssBytes)} (${this.#exit}).`;
      return { kind: "gone", why: "out_of_memory", message, peakRssBytes };
    }
    const said = this.#stderr.trim().split("\n").at(-1) ?? "";
    return {
      kind: "gone",
      why: "process_crashed",
      message: `The run's process ended before the run did: ${this.#exit}${said && `; it said: ${said}`}.`,
      peakRssBytes,
    };
  }
}

/** The parent's flags, so that TypeScript and the source condition work; V8's own limit must not come before ours. */
function execArgv(memoryBytes: number): string[] {
  const inherited = process.execArgv.filter(
    (flag) => !/^--(test|inspect|max-old-space-size|watch)/.test(flag),
  );
  return [...inherited, `--max-old-space-size=${Math.ceil(memoryBytes / 1024 / 1024)}`];
}
