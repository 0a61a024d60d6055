import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A URL that custom conditions ask, which outlives the servers that ask it. */
export interface ConditionUrl {
  readonly url: string;
  /** How often it was asked. */
  readonly asked: () => number;
  /** Resolves when it is asked for the first time; that is never answered. */
  readonly firstAsked: Promise<void>;
  /** From now on whatever is asked is met, and answered at once. */
  readonly meet: () => void;
  readonly close: () => void;
}

/** Answers, up to `slowestMs` late, that nothing is met. */
export async function startConditionUrl(random: () => number, slowestMs: number): Promise<ConditionUrl> {
  const first = Promise.withResolvers<void>();
  let asked = 0;
  let isMet = false;
  const answer = async (response: ServerResponse) => {
    if (++asked === 1) return first.resolve();
    if (!isMet) await delay(random() * slowestMs);
    response.end(JSON.stringify({ met: isMet }));
  };
  const server = createServer((request, response) => {
    request.resume();
    // Who asked may have been killed.
    response.on("error", () => {});
    void answer(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`,
    asked: () => asked,
    firstAsked: first.promise,
    meet: () => (isMet = true),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
