import { setTimeout as delay } from "node:timers/promises";

import type { seededRandom } from "../../factories/random.ts";
import { ChaosServer } from "./chaos-server.ts";

export type Random = ReturnType<typeof seededRandom>;

export interface Answer {
  readonly status: number;
  readonly body: any;
}

/** A client that waits longer takes it for unanswered: its server may be frozen. */
const PATIENCE_MS = 5_000;

/** Servers on one database; a request goes to any that is up. */
export class Fleet {
  readonly servers: readonly ChaosServer[];
  readonly #headers: Record<string, string>;
  /** Answers by their status; 0 counts requests without one. */
  readonly answers: Record<string, number> = {};
  #isAbandoned = false;
  /** What came with a 500. */
  readonly faults: string[] = [];

  constructor(envs: readonly Record<string, string>[], key: string) {
    this.servers = envs.map((env) => new ChaosServer(env));
    this.#headers = { authorization: `Bearer ${key}`, "x-namespace": "default" };
  }

  /** Undefined: no answer came; the request may have been carried out or not. */
  async request(random: Random, method: string, path: string, body?: unknown): Promise<Answer | undefined> {
    const url = await this.#anyUrl(random);
    let answer: Answer | undefined;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...this.#headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      answer = { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
      if (answer.status === 500) this.faults.push(`${method} ${path}: ${text}`);
    } catch {
      answer = undefined; // killed, frozen or cut off in the middle of its answer
    }
    const status = answer?.status ?? 0;
    this.answers[status] = (this.answers[status] ?? 0) + 1;
    return answer;
  }

  /** One that can be killed, when there is one; `isFit` asks for more. */
  async victim(random: Random, isFit = (_server: ChaosServer) => true): Promise<ChaosServer> {
    for (;;) {
      const mortals = this.servers.filter((server) => server.isMortal && isFit(server));
      if (mortals.length > 0) return mortals[random.integer(0, mortals.length - 1)]!;
      await this.#pause();
    }
  }

  async untilReady(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.untilReady()));
  }

  async stop(): Promise<(number | null)[]> {
    return Promise.all(this.servers.map((server) => server.stop()));
  }

  /** For a test that fails half way. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    await Promise.all(this.servers.map((server) => server.abandon()));
  }

  /** What went wrong that nobody asked for. */
  report() {
    const sum = (of: (server: ChaosServer) => number) =>
      this.servers.reduce((total, server) => total + of(server), 0);
    const errors: Record<string, number> = {};
    for (const server of this.servers)
      for (const [message, times] of server.errors) errors[message] = (errors[message] ?? 0) + times;
    return {
      starts: sum((server) => server.starts),
      killedWhileStarting: sum((server) => server.stillborn),
      exits: this.servers.flatMap((server) => server.exits),
      errors,
      answers: this.answers,
      faults: this.faults.slice(0, 5),
    };
  }

  async #pause(): Promise<void> {
    await delay(20);
    if (this.#isAbandoned) throw new Error("the test is over");
  }

  async #anyUrl(random: Random): Promise<string> {
    for (;;) {
      const urls = this.servers.flatMap(({ url }) => url ?? []);
      if (urls.length > 0) return urls[random.integer(0, urls.length - 1)]!;
      await this.#pause();
    }
  }
}
