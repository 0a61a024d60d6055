import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { type BenchRow, row } from "../result.ts";
import { plantedRows } from "./planted.ts";

const run = promisify(execFile);
const CASE = fileURLToPath(new URL("./case-process.ts", import.meta.url));

/**
 * What changed between two runs: time and memory beside a count of pairs by a Map; from the files of both runs; and ids and
 * events over a history that is known, beside BERTopic's merge_models where RECLUSTER_BENCH_PYTHON has it.
 */
export async function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const scale = Number(options.scale ?? 1);
  const documents = Math.round(Number(options.documents ?? 1_000_000) * scale);
  const clusters = Math.max(10, Math.round(1_000 * Math.min(1, scale * 10)));
  const runs = Number(options.runs ?? 5);
  const only = options.only?.split(",") ?? ["two-runs", "planted"];
  const rows: BenchRow[] = [];
  if (only.includes("two-runs")) {
    const folder = await mkdtemp(join(tmpdir(), "recluster-bench-"));
    try {
      const measure = async (name: string) => {
        const args = [...process.execArgv, CASE, name, ...[documents, clusters, runs].map(String), folder];
        const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
        return JSON.parse(stdout.trim().split("\n").at(-1)!) as { seconds: number; bytes: number };
      };
      const maps = await measure("maps");
      const kernels = await measure("kernels");
      const files = await measure("files");
      const of = `${documents.toLocaleString("en-US")} documents, ${clusters} clusters`;
      const mb = (bytes: number) => bytes / 2 ** 20;
      rows.push(
        row(`ids, events, moves, agreement: ${of}`, "s", kernels.seconds, maps.seconds),
        row("  its memory beyond the labels", "MB", mb(kernels.bytes), mb(maps.bytes)),
        row("the same from the files of both runs", "s", files.seconds, maps.seconds),
        row("  its memory", "MB", mb(files.bytes), mb(maps.bytes)),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (only.includes("planted")) rows.push(...(await plantedRows(run)));
  return rows;
}
