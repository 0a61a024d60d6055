import { ManualClock } from "../../server/src/db/database-clock.ts";
import { connectRooms } from "../../server/src/connect-rooms.ts";
import type { Database } from "../../server/src/db/database.ts";
import { createApp } from "../../server/src/http/app.ts";
import { addMs } from "../../server/src/platform/clock.ts";
import { NO_QUOTAS, readLabelsConfig } from "../../server/src/platform/config.ts";
import { ALLOW_NOTHING } from "../../server/src/platform/outgoing/allow-list.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import { TestSignals } from "../../server/src/platform/test-signals.ts";
import { registerRoutes } from "../../server/src/register-routes.ts";
import { createReaper } from "../../server/src/runs/reaper.ts";
import { createWorker } from "../../server/src/runs/worker.ts";
import { OPEN_LIMITS } from "../../server/src/triggers/open-limits.ts";
import { createScheduler } from "../../server/src/triggers/scheduler.ts";
import { createTenant } from "../factories/tenant.ts";

const PREFIXES = "trig|run|task|dec|clust|col|user|org|ns";

/**
 * The product in one process with a clock set by hand: real rooms, real runs in child processes, and a page that
 * grows by what is asked and answered. Identifiers are random and are written as the first, the second, … of a kind.
 */
export async function createStoryTeller(db: Database, folder: string, start: Date) {
  const clock = new ManualClock(start);
  const config = {
    storageFolder: folder,
    dataFolder: folder,
    allowOutgoing: ALLOW_NOTHING,
    signingSecret: undefined,
    limits: OPEN_LIMITS,
    quotas: NO_QUOTAS,
    runsAtOnce: 1,
    keepSnapshots: 1,
    runMemoryBytes: 2 ** 31,
    runSeconds: 600,
    labels: readLabelsConfig({}),
  };
  const signals = new TestSignals();
  // A run takes a minute and a half of the story's time.
  signals.on("worker.computing", () => (clock.instant = addMs(clock.instant, 90_000)));
  const rooms = connectRooms({ db, clock, logger: silentLogger, signals, config });
  const health = { checks: {}, logger: silentLogger } as never;
  const app = await createApp({
    db,
    logger: silentLogger,
    routes: (to) => registerRoutes(to, { health, ...rooms }),
  });
  const scheduler = createScheduler(rooms.triggers);
  const worker = createWorker(rooms.runs);
  const reaper = createReaper(rooms.runs);
  const tenant = await createTenant(db);
  const page: string[] = [];
  const names = new Map<string, string>();
  const numbers = new Map<string, number>();

  const plain = (text: string) =>
    text
      .replaceAll(/key-\w{8}/g, "laptop")
      .replaceAll(tenant.userId.toLowerCase(), "ada")
      .replaceAll(new RegExp(`\\b(${PREFIXES})_[0-9A-Za-z]{16}\\b`, "g"), (id, kind: string) => {
        // A job is its execution under another name.
        const key = id.replace(/^task_/, "run_");
        const of = kind === "task" ? "run" : kind;
        if (!names.has(key)) {
          numbers.set(of, (numbers.get(of) ?? 0) + 1);
          names.set(key, String(numbers.get(of)));
        }
        return `${kind}_${names.get(key)!.padStart(4, "0")}`;
      });

  const ask = async (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object): Promise<any> => {
    const answer = await app.inject({ method, url, headers: tenant.headers, ...(payload ? { payload } : {}) });
    if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.body}`);
    return answer.body === "" ? undefined : answer.json();
  };

  return {
    clock,
    ask,
    text: () => page.join("\n"),
    tell: (prose: string) => page.push(prose, ""),
    /** Asks and writes down request and answer; `pick` the part of the answer that matters here. */
    show: async (
      method: "GET" | "POST" | "PATCH",
      url: string,
      payload: object | undefined,
      pick: (answer: any) => unknown,
    ) => {
      const answer = await ask(method, url, payload);
      const request = `${method} ${url}${payload ? ` ${JSON.stringify(payload)}` : ""}`;
      page.push("```", plain(request), "```", "", "```json", plain(JSON.stringify(pick(answer), null, 2)), "```", "");
      return answer;
    },
    /** Asks why, and writes the answer down. */
    why: async (trigger: string, at: string) => {
      const { text } = await ask("GET", `/v1/clusters/triggers/${trigger}/explain?at=${at}`);
      page.push("```", plain(`$ recluster why ${trigger} --at ${at}`), ...wrap(plain(text), 118), "```", "");
      return text as string;
    },
    /** Moves the clock; the scheduler decides and the worker computes, unless it is told not to. */
    at: async (instant: string, { decide = true, compute = true } = {}) => {
      clock.instant = new Date(instant);
      if (decide) await scheduler.runOnce();
      if (!compute) return;
      while ((await worker.runOnce()).claimed > 0);
    },
    close: async () => {
      await worker.stop();
      await reaper.stop();
      await app.close();
      await rooms.documents.vectors.close();
    },
  };
} // prettier-ignore

/** Breaks a paragraph at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
