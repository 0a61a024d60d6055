/** One case in a process of its own, so that its memory is its own: prints {seconds, bytes} as its last line. */
import { join } from "node:path";

import { compareRuns, matchIdentities } from "#kernels/index.ts";
import { RunComparer } from "../../server/src/runs/changes/run-comparer.ts";
import { writeArtifacts } from "../../server/src/runs/artifacts/write-artifacts.ts";
import { median } from "../result.ts";
import { DIMS, twoRuns } from "./two-runs.ts";

const [name, documents, clusters, runs, folder] = [process.argv[2], ...process.argv.slice(3, 6).map(Number), process.argv[6]] as [string, number, number, number, string]; // prettier-ignore

const CASES: Record<string, () => (() => unknown) | Promise<() => unknown>> = {
  /** Ids of the newer run, events, moves, agreement. */
  kernels: () => {
    const { older, newer } = twoRuns(documents, clusters);
    return () => {
      const identities = matchIdentities(newer, [older]);
      const ids = identities.map(({ id }, at) => id ?? clusters + at);
      return compareRuns(older, { ...newer, ids });
    };
  },
  /** What one would write first: how many documents each pair of clusters shares, and for each cluster the best partner. */
  maps: () => {
    const { older, newer } = twoRuns(documents, clusters);
    return () => {
      const shared = new Map<string, number>();
      for (let i = 0; i < documents; i++) {
        const [a, b] = [older.labels[i]!, newer.labels[i]!];
        if (a < 0 || b < 0) continue;
        const key = `${a} ${b}`;
        shared.set(key, (shared.get(key) ?? 0) + 1);
      }
      const best = new Map<number, [id: number, documents: number]>();
      for (const [key, count] of shared) {
        const [a, b] = key.split(" ").map(Number) as [number, number];
        if ((best.get(b)?.[1] ?? 0) < count) best.set(b, [older.ids[a]!, count]);
      }
      return best;
    };
  },
  /** The same from the artifacts of both runs, in a thread, as the route does for any two runs. */
  files: async () => {
    const { older, newer } = twoRuns(documents, clusters);
    for (const [name, side] of Object.entries({ older, newer })) await writeRun(join(folder, name), side);
    const comparer = new RunComparer(() => 2 ** 32);
    const run = (runId: string) => ({ runId, artifactPath: runId, metrics: null });
    const returned: number[] = [];
    return () => comparer.compare({ storageFolder: folder, clusterId: "clust_1", before: run("older"), after: run("newer"), returned }); // prettier-ignore
  },
};

async function writeRun(to: string, side: ReturnType<typeof twoRuns>["older"]): Promise<void> {
  const there = Int32Array.from(side.labels.keys()).filter((document) => side.labels[document]! !== -2);
  const at = (member: number) => there[member]!;
  await writeArtifacts(
    to,
    {
      length: there.length,
      documentIds: { get: (member) => `document-${at(member)}` },
      collectionOf: () => "col_0000000000000000",
      labels: there.map((document) => side.labels[document]!),
      distances: new Float32Array(there.length),
      coordinates: { data: Float32Array.from({ length: there.length * 2 }, (_, i) => at(i >> 1) % (i & 1 ? 911 : 613)), cols: 2 }, // prettier-ignore
      featureOf: () => null,
    },
    Array.from(side.ids, (number, cluster) => ({
      ...{ number, numMembers: side.sizes[cluster]!, label: `words ${number}`, keywords: null },
      ...{ attributes: null, parentNumber: null, feature: null },
    })),
    Array.from(side.ids, (_, cluster) => ({
      vector: side.centroids!.data.slice(cluster * DIMS, (cluster + 1) * DIMS),
      ...{ spread: 1, labelFit: 1, labelByModel: false },
    })),
  );
}

const run = await CASES[name]!();
const before = process.memoryUsage().rss;
const times: number[] = [];
for (let i = 0; i < runs; i++) {
  const started = performance.now();
  await run();
  times.push((performance.now() - started) / 1000);
}
const bytes = process.resourceUsage().maxRSS * 1024 - before;
console.log(JSON.stringify({ seconds: median(times), bytes }));
process.exit(0);
