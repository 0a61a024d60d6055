/**
 * Two million documents of 384 numbers on one server: imported as Arrow, clustered by k-means on a sample with the rest
 * assigned, run again on the same data, listed. Prints times, the highest resident memory of the server's process, of its
 * run's process and of both at once, and how long small requests take meanwhile. `--documents N` for another size,
 * `--sample N`, `--database postgres` (whose own memory is not counted: it is a setting).
 */
import { join } from "node:path";

import type { Api } from "../../test/factories/api.ts";
import { distribution } from "../distribution.ts";
import { DIMENSIONS } from "../ingest/data.ts";
import { sendFile } from "../ingest/send-file.ts";
import { withFolder, withServer } from "../ingest/server.ts";
import { writeArrowFile } from "../ingest/write-arrow-file.ts";
import { median, row, timed, type BenchRow } from "../result.ts";
import { followRun, type FollowedRun } from "./follow-run.ts";
import { watchProcesses } from "./watch-processes.ts";

const DOCUMENTS = 2_000_000;
const CLUSTERS = 50;
const PAGE = 100;
const PAGES = 20;

export function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const documents = whole("documents", options.documents, DOCUMENTS);
  const sample = whole("sample", options.sample, Math.max(CLUSTERS, Math.min(200_000, documents / 10)));
  const database = options.database ?? "pglite";
  if (database !== "pglite" && database !== "postgres")
    throw new Error(`--database is ${database}; it takes postgres or pglite.`);
  return withFolder(async (folder) => {
    const file = await writeArrowFile(join(folder, "documents.arrow"), documents);
    return withServer(database, async ({ api, pid }) => {
      const memory = watchProcesses(pid);
      const rows: BenchRow[] = [];
      const size = `${documents.toLocaleString("en-US")} × ${DIMENSIONS}, ${database}`;
      const rate = await sendFile(api, "documents", file, documents);
      rows.push(row(`import of Arrow, ${size}`, "documents/s", rate, null, memory.take()));
      rows.push(...(await listDocuments(api)));
      rows.push(row("  listing documents", "MB", memory.take().server_MB, null));
      const quiet = await latencies(api, new AbortController().signal, 100);
      const cluster = await makeCluster(api, sample);
      const first = await run(api, cluster, {}, documents);
      const figures = memory.take();
      rows.push(...rowsOf(`k-means, ${CLUSTERS} clusters on a sample of ${sample}, the rest assigned`, first, figures, quiet)); // prettier-ignore
      const again = await run(api, cluster, { same_data_as: first.runId }, documents);
      if (again.inertia !== first.inertia) throw new Error("The same data gave another result.");
      rows.push(...rowsOf("the same again on the same data", again, memory.take(), quiet));
      rows.push(...(await listMembers(api, cluster, first.runId, documents)));
      rows.push(row("  listing members", "MB", memory.take().server_MB, null));
      memory.stop();
      return rows;
    });
  });
}

async function makeCluster(api: Api, sample: number): Promise<string> {
  const { cluster_id } = await api.call("POST", "/v1/clusters", {
    collection_ids: ["documents"],
    vector_config: {
      clustering_method: "kmeans",
      sample_size: sample,
      algorithm_params: { n_clusters: CLUSTERS, n_init: 1 },
    },
  });
  return cluster_id as string;
}

/** One run with small requests beside it. */
async function run(api: Api, cluster: string, body: object, documents: number) {
  const done = new AbortController();
  const asking = latencies(api, done.signal, Infinity);
  const followed = await followRun(api, cluster, body).finally(() => done.abort());
  if (followed.documents !== documents) throw new Error(`${followed.documents} documents were clustered.`);
  return { ...followed, latencies: await asking };
}

function rowsOf(
  name: string,
  { seconds, stages, latencies: busy }: FollowedRun & { latencies: readonly number[] },
  figures: Record<string, number>,
  quiet: readonly number[],
): BenchRow[] {
  return [
    row(name, "s", seconds, null, figures),
    ...Object.entries(stages).map(([stage, taken]) => row(`  ${stage}`, "s", taken, null)),
    distribution("  a small request meanwhile, p99", busy, quiet),
  ];
}

/** Milliseconds of a request after the other that the database must answer, until told or so many. */
async function latencies(api: Api, signal: AbortSignal, most: number): Promise<number[]> {
  const taken: number[] = [];
  while (!signal.aborted && taken.length < most) {
    taken.push(await timed(() => api.call("GET", "/v1/collections/documents")));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return taken;
}

async function listDocuments(api: Api): Promise<BenchRow[]> {
  const url = `/v1/collections/documents/documents/list?limit=${PAGE}`;
  const first = await each(PAGES, () => api.call("POST", url, {}));
  const deep = await each(PAGES, () => api.call("POST", `${url}&offset=10000`, {}));
  return [
    row(`a page of ${PAGE} documents, the first`, "ms", first, null),
    row(`a page of ${PAGE} documents, at offset 10,000`, "ms", deep, null),
  ];
}

async function listMembers(api: Api, cluster: string, runId: string, documents: number): Promise<BenchRow[]> {
  const at = (offset: number) =>
    each(PAGES, () =>
      api.call("POST", `/v1/clusters/${cluster}/executions/${runId}/data`, {
        include_centroids: false,
        include_members: true,
        limit: PAGE,
        offset,
      }),
    );
  return [
    row(`a page of ${PAGE} members, the first`, "ms", await at(0), null),
    row(`a page of ${PAGE} members, in the middle`, "ms", await at(Math.floor(documents / 2)), null),
    row(`a page of ${PAGE} members, the last`, "ms", await at(documents - PAGE), null),
  ];
}

/** The median in milliseconds. */
async function each(times: number, ask: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) taken.push(await timed(ask));
  return median(taken);
}

function whole(name: string, given: string | undefined, otherwise: number): number {
  const value = given === undefined ? Math.floor(otherwise) : Number(given);
  if (!Number.isInteger(value) || value < CLUSTERS)
    throw new Error(`--${name} is ${given}; it takes a whole number from ${CLUSTERS}.`);
  return value;
}
