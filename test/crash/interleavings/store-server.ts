import { fork, type ChildProcess } from "node:child_process";

import { Api } from "../../factories/api.ts";
import { TEST_KEY } from "../../factories/server-database.ts";
import type { UpkeepRequest } from "./store-process.ts";

/** Whoever waits for a server that was killed meanwhile. */
export class Gone extends Error {}

/** A store process from its start to its end. */
export class StoreServer {
  readonly api: Api;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (result: any) => void; reject: (error: Error) => void }>();
  #next = 1;
  gone = false;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.api = new Api(url, TEST_KEY);
    child.on("message", ({ id, result, error }: { id: number; result: unknown; error?: string }) => {
      const call = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    child.once("exit", () => {
      this.gone = true;
      for (const call of this.#waiting.values()) call.reject(new Gone());
    });
  }

  static start(env: Record<string, string>): Promise<StoreServer> {
    const child = fork(new URL("./store-process.ts", import.meta.url), {
      execArgv: ["--conditions=recluster-source"],
      env: { ...process.env, ...env },
    });
    return new Promise((resolve, reject) => {
      child.once("message", ({ url }: { url: string }) => resolve(new StoreServer(child, url)));
      child.once("exit", (code) => reject(new Error(`the store process ended with ${code}`)));
    });
  }

  upkeep(request: UpkeepRequest): Promise<any> {
    if (this.gone) return Promise.reject(new Gone());
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, request }, (error) => error && reject(new Gone()));
    });
  }

  /** The answer; throws Gone when the server was killed before it answered. */
  async call(method: string, path: string, body?: unknown): Promise<any> {
    try {
      return await this.api.call(method, path, body);
    } catch (error) {
      // fetch says "fetch failed" for whatever cut the connection.
      if (this.gone || (error instanceof TypeError && this.#child.killed)) throw new Gone();
      throw error;
    }
  }

  async kill(): Promise<void> {
    if (this.gone) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}
