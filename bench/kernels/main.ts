/**
 * Clustering, reduction and quality beside scikit-learn, hdbscan and umap-learn: a case at a time, each side in a process
 * of its own that is told to run in turn, on the same data and cores. `--only NAME,NAME` for these cases (kmeans for all of kmeans-…),
 * `--scale 0.01` to try them out, `--runs N`, `--reference record` to measure slow references again and keep the figures.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BenchRow } from "../result.ts";
import { findCases } from "./find-cases.ts";
import type { KernelCase } from "./kernel-case.ts";
import { measureCase } from "./measure-case.ts";
import { writeArrays } from "./shared-arrays.ts";

export async function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const scale = Number(options.scale ?? 1);
  if (!(scale > 0 && scale <= 1))
    throw new Error(`--scale is ${options.scale}; it takes a number above 0, up to 1.`);
  const reference = options.reference ?? "recorded";
  if (!["recorded", "record", "none"].includes(reference))
    throw new Error(`--reference is ${reference}; it takes recorded, record or none.`);
  const python = process.env.RECLUSTER_BENCH_PYTHON;
  if (python === undefined && reference !== "none")
    console.log("References are skipped: RECLUSTER_BENCH_PYTHON names no interpreter.");
  const scaled = (rows: number): number => Math.min(rows, Math.max(500, Math.round(rows * scale)));

  const rows: BenchRow[] = [];
  for (const kernel of chosen(await findCases(), options.only)) {
    const started = performance.now();
    const folder = await mkdtemp(join(tmpdir(), "recluster-bench-kernels-"));
    try {
      writeArrays(folder, kernel.arrays(scaled));
      rows.push(
        await measureCase(kernel, {
          folder,
          scale,
          runs: Number(options.runs ?? kernel.runs ?? 3),
          python: reference === "none" ? undefined : python,
          slow: reference === "record" ? "record" : scale === 1 ? "recorded" : "skip",
        }),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const { ours, baseline, unit } = rows.at(-1)!;
    const took = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${kernel.name}: ${ours} ${unit}, baseline ${baseline ?? "none"} (${took} s)`);
  }
  return rows;
}

function chosen(cases: readonly KernelCase[], only: string | undefined): readonly KernelCase[] {
  if (only === undefined) return cases;
  const wanted = only.split(",");
  const isOf = (one: KernelCase, name: string): boolean => `${one.name}-`.startsWith(`${name}-`);
  const none = wanted.find((name) => !cases.some((one) => isOf(one, name)));
  if (none !== undefined)
    throw new Error(`--only names '${none}'; kernels has: ${cases.map(({ name }) => name).join(", ")}.`);
  return cases.filter((one) => wanted.some((name) => isOf(one, name)));
}
