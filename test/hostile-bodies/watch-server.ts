import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const EVERY_MS = 100;

export interface Watched {
  /** Megabytes of resident memory: when the watch began, and the most there was. */
  readonly memory: { readonly before: number; readonly most: number };
  /** The longest answers to somebody else, in ms: of the process itself, and with a question to its database. */
  readonly slowest: { readonly liveness: number; readonly health: number };
}

/** Asks the server for its health without a pause and looks at its memory, until it is told to stop. */
export function watchServer(url: string, pid: number): { stop(): Promise<Watched> } {
  const before = residentMegabytes(pid);
  let most = before;
  const slowest = { liveness: 0, health: 0 };
  let stopped = false;
  const ask = async (what: keyof typeof slowest, path: string) => {
    while (!stopped) {
      const start = performance.now();
      const { status } = await fetch(`${url}${path}`);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      slowest[what] = Math.max(slowest[what], performance.now() - start);
      most = Math.max(most, residentMegabytes(pid));
      await delay(EVERY_MS);
    }
  };
  const asking = Promise.all([ask("liveness", "/v1/health/liveness"), ask("health", "/v1/health")]);
  return {
    stop: async () => {
      stopped = true;
      await asking;
      return { memory: { before, most }, slowest };
    },
  };
}

export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}
