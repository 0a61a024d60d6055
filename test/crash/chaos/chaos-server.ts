import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import { launchServer, type LaunchedServer, type ServerProcess } from "../../factories/server-process.ts";

/** Pause before a server that ended by itself is started again, as a supervisor would. */
const RESTART_MS = 500;

/** A server that is started again whenever it is gone, until `stop`. */
export class ChaosServer {
  readonly #env: Record<string, string>;
  #launched: LaunchedServer | undefined;
  #ready: ServerProcess | undefined;
  #isFrozen = false;
  #isStopping = false;
  /** Set by a kill: how long it stays dead. */
  #pauseMs: number | undefined;
  readonly #living: Promise<void>;
  starts = 0;
  /** Killed before it was ready. */
  stillborn = 0;
  /** Ends that nobody asked for, by the last of what it said. */
  readonly exits: string[] = [];
  /** What it logged as an error, by the message. */
  readonly errors = new Map<string, number>();

  constructor(env: Record<string, string>) {
    this.#env = env;
    this.#living = this.#live();
  }

  /** Its address while it answers; a frozen one still has one. */
  get url(): string | undefined {
    return this.#ready?.url;
  }

  /** There is a process, starting or ready, that is not frozen. */
  get isMortal(): boolean {
    return this.#launched !== undefined && this.#pauseMs === undefined && !this.#isFrozen;
  }

  /** kill -9; it is started again after `pauseMs`. */
  async kill(pauseMs: number): Promise<void> {
    const launched = this.#launched;
    assert.ok(launched, "there is something to kill");
    if (!this.#ready) this.stillborn++;
    this.#pauseMs = pauseMs;
    await launched.kill();
  }

  /** Frozen for so long, then goes on as if nothing had been. */
  async freeze(ms: number): Promise<void> {
    const server = this.#ready!;
    this.#isFrozen = true;
    server.signal("SIGSTOP");
    await delay(ms);
    server.signal("SIGCONT");
    this.#isFrozen = false;
  }

  async untilReady(): Promise<void> {
    for (let look = 0; look < 2400; look++) {
      if (this.#ready && !this.#isFrozen) return;
      await delay(50);
    }
    assert.fail(`a server was not ready within two minutes: ${this.exits.join("\n")}`);
  }

  /** SIGTERM, for good; the exit code. */
  async stop(): Promise<number | null> {
    this.#isStopping = true;
    const code = (await this.#ready?.stop()) ?? null;
    await this.#living;
    return code;
  }

  /** kill -9, for good. */
  async abandon(): Promise<void> {
    this.#isStopping = true;
    await this.#launched?.kill();
  }

  async #live(): Promise<void> {
    while (!this.#isOver()) {
      const launched = launchServer(this.#env);
      this.#launched = launched;
      this.starts++;
      launched.ready.then(
        (server) => {
          this.#ready = server;
        },
        () => undefined, // `ended` says it, too
      );
      const code = await launched.ended;
      this.#launched = this.#ready = undefined;
      this.#read(launched.said());
      if (this.#isOver()) return;
      if (this.#pauseMs === undefined) this.exits.push(`${code}: ${launched.said().slice(-2000)}`);
      await delay(this.#pauseMs ?? RESTART_MS);
      this.#pauseMs = undefined;
    }
  }

  #isOver(): boolean {
    return this.#isStopping;
  }

  #read(said: string): void {
    for (const line of said.split("\n")) {
      const error = readError(line);
      if (error) this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
    }
  }
}

const ERROR_LEVEL = 50;

function readError(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level: number;
      msg: string;
      err?: { message?: string };
    };
    return level >= ERROR_LEVEL ? `${msg}${err?.message === undefined ? "" : `: ${err.message}`}` : undefined;
  } catch {
    return undefined; // the last line of one that was killed
  }
}
