import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type ClusteredRun, clusterHistory, followHistory } from "../../test/identity/follow-history.ts";
import { plantHistory } from "../../test/identity/planted-history.ts";
import { type BenchRow, row } from "../result.ts";

type Run = (file: string, args: string[], options: object) => Promise<{ stdout: string }>;

const SEEDS = [1, 2, 3];
const SCRIPT = fileURLToPath(new URL("./merge-models.py", import.meta.url));

/** Over three planted histories: events named right, documents that keep their id; BERTopic's on the same clusters. */
export async function plantedRows(run: Run): Promise<BenchRow[]> {
  const python = process.env.RECLUSTER_BENCH_PYTHON;
  const total = { planted: 0, named: 0, invented: 0, unchanged: 0, kept: 0 };
  const theirs = { births: 0, bornNamed: 0, unchanged: 0, kept: 0 };
  for (const seed of SEEDS) {
    const clustered = await clusterHistory(await plantHistory(seed), seed);
    const found = followHistory(clustered);
    total.planted += found.planted;
    total.named += found.named;
    total.invented += found.invented.length;
    total.unchanged += found.unchanged;
    total.kept += found.kept;
    if (python === undefined) continue;
    const merged = await mergeModels(run, python, clustered);
    for (const key of Object.keys(theirs) as (keyof typeof theirs)[]) theirs[key] += merged[key];
  }
  const share = (part: number, whole: number) => (100 * part) / whole;
  const has = python !== undefined;
  return [
    row("planted history: events named right", "%", share(total.named, total.planted), null, {
      ...{ events: total.planted, invented: total.invented },
      ...(has ? { note: "merge_models names no events" } : {}),
    }),
    row("planted history: documents of unchanged clusters that keep their id", "%",
      share(total.kept, total.unchanged), has ? share(theirs.kept, theirs.unchanged) : null,
      { documents: total.unchanged, ...(has ? { baseline_is: "BERTopic merge_models" } : {}) }), // prettier-ignore
  ];
}

/** Their ids over the same runs, clusters and vectors: each run's model merged into that of all runs before. */
async function mergeModels(run: Run, python: string, clustered: readonly ClusteredRun[]) {
  const folder = await mkdtemp(join(tmpdir(), "recluster-bertopic-"));
  try {
    const file = join(folder, "runs.json");
    const runs = clustered.map(({ run: { documents, x, truth, groups, events }, labels }) => ({
      documents: [...documents],
      cols: x.cols,
      vectors: [...x.data],
      labels: [...labels],
      truth: Array.from(truth, (group) => groups[group]!),
      touched: events.flatMap((event) => event.groups),
      born: events.flatMap((event) => (event.type === "born" ? event.groups : [])),
    }));
    await writeFile(file, JSON.stringify(runs));
    const { stdout } = await run(python, [SCRIPT, file], { maxBuffer: 2 ** 24 });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as { births: number; bornNamed: number; unchanged: number; kept: number }; // prettier-ignore
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
