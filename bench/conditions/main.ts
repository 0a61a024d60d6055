/**
 * Checks of conditional triggers, by metric and size of the collection: from being due to being on record, with all that a
 * check reads and writes, in a server as users start it. 384 numbers a document, a baseline of 2,000 of them, nothing has
 * changed. `--documents N` stops at a smaller size; `--database postgres`; `--only METRIC,METRIC`.
 */
import { join } from "node:path";

import { conditionMetrics } from "#contract/schedule-config.ts";
import type { Api } from "../../test/factories/api.ts";
import { followRun } from "../at-scale/follow-run.ts";
import { watchProcesses } from "../at-scale/watch-processes.ts";
import { DIMENSIONS } from "../ingest/data.ts";
import { sendFile } from "../ingest/send-file.ts";
import { withFolder, withServer } from "../ingest/server.ts";
import { writeArrowFile } from "../ingest/write-arrow-file.ts";
import { median, row, type BenchRow } from "../result.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const CHECKS = 5;
/** What a check may take at a million documents. */
const AIM_SECONDS = 2;
const FILTER = { AND: [{ field: "category", operator: "ne", value: "c7" }] };

export function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const most = Number(options.documents ?? SIZES.at(-1));
  const database = options.database ?? "pglite";
  if (database !== "pglite" && database !== "postgres")
    throw new Error(`--database is ${database}; it takes postgres or pglite.`);
  const all = [...conditionMetrics.drift, ...conditionMetrics.volume, ...conditionMetrics.quality];
  const metrics = options.only?.split(",") ?? all;
  return withFolder((folder) =>
    withServer(database, async ({ api, pid }) => {
      const rows: BenchRow[] = [];
      const memory = watchProcesses(pid);
      for (const size of SIZES.filter((documents) => documents <= most)) {
        const file = await writeArrowFile(join(folder, "documents.arrow"), size);
        await sendFile(api, `documents-${size}`, file, size);
        const name = `${size.toLocaleString("en-US")} documents of ${DIMENSIONS}, ${database}`;
        for (const filters of [null, FILTER]) {
          const cluster = await makeBaseline(api, `documents-${size}`, filters);
          // The first finds no process ready and no page of the database in memory.
          await check(api, cluster, metrics[0]!);
          memory.take();
          for (const metric of filters === null ? metrics : new Set([metrics[0]!, "volume_change" as const])) {
            const seconds: number[] = [];
            for (let at = 0; at < CHECKS; at++) seconds.push((await check(api, cluster, metric)) / 1000);
            const { server_MB, run_MB } = memory.take();
            const extra = { slowest: Math.max(...seconds), server_MB, process_MB: run_MB, floor: AIM_SECONDS };
            rows.push(row(`${metric}${filters ? " under a filter" : ""}, ${name}`, "s", median(seconds), null, extra));
          }
        }
      }
      memory.stop();
      return rows;
    }),
  );
} // prettier-ignore

async function makeBaseline(api: Api, collection: string, filters: object | null): Promise<string> {
  const { cluster_id } = await api.call("POST", "/v1/clusters", {
    collection_ids: [collection],
    ...(filters ? { filters } : {}),
    vector_config: {
      clustering_method: "kmeans",
      sample_size: 5_000,
      algorithm_params: { n_clusters: 50, n_init: 1 },
    },
  });
  await followRun(api, cluster_id as string, {});
  return cluster_id as string;
}

const LOOK_MS = 20;

/** A trigger's first check, which is due at its creation; milliseconds until it was on record. */
async function check(api: Api, cluster: string, metric: string): Promise<number> {
  const type = Object.entries(conditionMetrics).find(([, own]) => (own as readonly string[]).includes(metric))![0];
  const { trigger_id: id } = await api.call("POST", "/v1/clusters/triggers", {
    cluster_id: cluster,
    trigger_type: "conditional",
    schedule_config: { condition_type: type, metric, threshold: 1, min_documents: 1 },
  });
  for (;;) {
    const { decisions } = await api.call("POST", `/v1/clusters/triggers/${id}/decisions`);
    const [decision] = decisions;
    if (decision) {
      if (decision.reason !== "below_threshold") throw new Error(JSON.stringify(decision));
      await api.call("DELETE", `/v1/clusters/triggers/${id}`);
      return decision.evidence.lateness_ms as number;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
} // prettier-ignore
