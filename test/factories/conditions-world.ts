import { ManualClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { addMs } from "../../server/src/platform/clock.ts";
import { createWorker } from "../../server/src/runs/worker.ts";
import { createChecker, type CheckerOptions } from "../../server/src/triggers/conditions/checker.ts";
import { createScheduler } from "../../server/src/triggers/scheduler.ts";
import { createTenant } from "./tenant.ts";
import { createWholeApp, type WholeAppOptions } from "./whole-app.ts";

export const START = new Date("2026-05-04T10:00:00.000Z");

/** Everything that a conditional trigger needs, real and in this process but for the computing, on a clock set by hand. */
export async function createConditionsWorld(
  db: Database,
  { checking = {}, ...options }: Omit<WholeAppOptions, "clock"> & { checking?: CheckerOptions } = {},
) {
  const clock = new ManualClock(START);
  const whole = await createWholeApp(db, { clock, ...options });
  const { rooms, app } = whole;
  const tenant = await createTenant(db);
  const worker = createWorker(rooms.runs);
  const scheduler = createScheduler(rooms.triggers);
  const checker = createChecker(rooms.checks, checking);
  const ask = async (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object): Promise<any> => {
    const answer = await app.inject({ method, url, headers: tenant.headers, ...(payload ? { payload } : {}) });
    if (answer.statusCode >= 300) throw new Error(`${method} ${url} answered ${answer.statusCode}: ${answer.body}`);
    return answer.body === "" ? undefined : answer.json();
  };
  const pass = (seconds: number) => (clock.instant = addMs(clock.instant, seconds * 1000));
  return {
    ...{ clock, rooms, app, tenant, worker, scheduler, checker, ask, pass },
    /** A collection with one feature, `v`, and a cluster of it. */
    collect: async (dimensions: number, config: object = {}, more: object = {}) => {
      const collection = await ask("POST", "/v1/collections", {
        collection_name: `things-${START.getTime()}-${dimensions}`,
        features: [{ name: "v", dimensions }],
      });
      const cluster = await ask("POST", "/v1/clusters", {
        collection_ids: [collection.collection_id],
        vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2, n_init: 1 }, ...config },
        ...more,
      });
      return { collectionId: collection.collection_id as string, clusterId: cluster.cluster_id as string };
    },
    ingest: async (collectionId: string, documents: readonly object[]) => {
      for (let from = 0; from < documents.length; from += 500) {
        await ask("POST", `/v1/collections/${collectionId}/documents/ingest`, {
          documents: documents.slice(from, from + 500),
        });
      }
    },
    trigger: async (clusterId: string, schedule_config: object) => {
      const made = await ask("POST", "/v1/triggers", {
        action_type: "cluster",
        action_config: { cluster_id: clusterId },
        trigger_type: "conditional",
        schedule_config,
      });
      return made.trigger_id as string;
    },
    /** Time passes; checks that are due are made, what they fire is computed. */
    round: async (seconds = 0) => {
      pass(seconds);
      await scheduler.runOnce();
      await checker.runOnce();
      pass(1);
      await worker.runOnce();
    },
    show: (triggerId: string) => ask("GET", `/v1/triggers/${triggerId}`),
    /** Oldest first. */
    decisions: async (triggerId: string): Promise<any[]> =>
      (await ask("POST", `/v1/clusters/triggers/${triggerId}/decisions`, { limit: 1000 })).decisions.reverse(),
    why: async (triggerId: string, at: Date): Promise<string> =>
      (await ask("GET", `/v1/clusters/triggers/${triggerId}/explain?at=${at.toISOString()}`)).text,
    close: async () => {
      await checker.stop();
      await worker.stop();
      await whole.close();
    },
  };
} // prettier-ignore
