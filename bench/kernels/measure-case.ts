import { fileURLToPath } from "node:url";

import { median, row, type BenchRow } from "../result.ts";
import { CaseProcess, type Finished } from "./case-process.ts";
import type { KernelCase, Quality } from "./kernel-case.ts";
import { recordedReference, recordReference } from "./recorded.ts";

export interface Measuring {
  /** Holds the arrays. */
  readonly folder: string;
  readonly runs: number;
  /** Of the rows; 1 for the sizes the title names. */
  readonly scale: number;
  /** The interpreter of the references; without it there is no baseline. */
  readonly python: string | undefined;
  /** What to do for a reference that is too slow to repeat. */
  readonly slow: "recorded" | "record" | "skip";
}

type Baseline = Omit<Finished, "floor"> & { readonly seconds: number; readonly where: string };

/** Runs ours and the reference in turn: what slows the machine slows both. */
export async function measureCase(kernel: KernelCase, measuring: Measuring): Promise<BenchRow> {
  const { folder, runs, python, slow } = measuring;
  const live = python !== undefined && (kernel.reference.slow !== true || slow === "record");
  await using ours = new CaseProcess(process.execPath, [
    "--conditions=recluster-source",
    "--disable-warning=ExperimentalWarning",
    path("./serve-ours.ts"),
    kernel.name,
    folder,
  ]);
  await using reference = live
    ? new CaseProcess(python, [
        path(`./reference/${kernel.reference.script}`),
        folder,
        JSON.stringify(kernel.reference.parameters),
      ])
    : undefined;
  const seconds: number[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < runs; run++) {
    seconds.push(await ours.run());
    if (reference && (kernel.reference.slow !== true || run === 0)) theirs.push(await reference.run());
  }
  const finished = await ours.finish();
  const baseline = reference
    ? asBaseline(kernel, median(theirs), await reference.finish())
    : slow === "recorded"
      ? recorded(kernel.name)
      : undefined;
  return row(
    measuring.scale === 1 ? kernel.title : `${kernel.title} (scale ${measuring.scale})`,
    "s",
    median(seconds),
    baseline?.seconds ?? null,
    {
      ...(finished.floor == null ? {} : { floor: Number(finished.floor.toPrecision(4)) }),
      quality: words(finished.quality),
      "baseline quality": baseline ? words(baseline.quality) : "",
      memory: `${finished.peakMb.toFixed(0)} MB`,
      "baseline memory": baseline ? `${baseline.peakMb.toFixed(0)} MB` : "",
      spread: `${Math.min(...seconds).toPrecision(3)}–${Math.max(...seconds).toPrecision(3)}`,
      "measured against": baseline
        ? `${baseline.versions}${baseline.where}`
        : python === undefined
          ? "skipped: RECLUSTER_BENCH_PYTHON is not set"
          : "skipped: slow, and not recorded",
    },
  );
}

function asBaseline(kernel: KernelCase, seconds: number, finished: Finished): Baseline {
  if (kernel.reference.slow === true) recordReference(kernel.name, seconds, finished);
  return { ...finished, seconds, where: "" };
}

function recorded(name: string): Baseline | undefined {
  const found = recordedReference(name);
  return found && { ...found, where: `, recorded on ${found.machine.cores} cores (${found.machine.cpu})` };
}

function words(quality: Quality): string {
  return Object.entries(quality)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(6))}`)
    .join(", ");
}

function path(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
