/** The child's entry: computes the runs its parent sends measures drift and places documents, one after the other, and ends when the parent does. */
import { constants, setPriority } from "node:os";

import { KernelError } from "#kernels/index.ts";
import { SnapshotGone } from "../../documents/snapshots/snapshot-reader.ts";
import { readManifest } from "../../documents/snapshots/stored-manifest.ts";
import type { NamesAnswer } from "../../labels/name-request.ts";
import { after } from "../../platform/timers.ts";
import { computeRun } from "../compute/compute-run.ts";
import { wireWords } from "../compute/wire-words.ts";
import { measureDrift } from "../drift/measure-drift.ts";
import { comparePredictions } from "../rules/compare-predictions.ts";
import { placeDocuments } from "../rules/place-documents.ts";
import { type RunJob, RunRefused, type RunResult } from "../run-result.ts";
import type { ChildResult, FromChild, ToChild } from "./messages.ts";

/** Kernel errors that say something about us, not about the data: a retry is on record and shows them. */
const OURS: readonly string[] = ["shape_mismatch", "canceled"];

let computing = false;
let leaseEnds = (): void => undefined;
let giveNumbers: ((first: number) => void) | undefined;
let giveNames: ((answer: NamesAnswer) => void) | undefined;

function say(message: FromChild): void {
  if (process.connected) process.send!(message);
}

function compute(job: RunJob): Promise<RunResult> {
  return computeRun(job, {
    onProgress: (progress) => say({ kind: "progress", progress }),
    allocateNumbers: (count) =>
      new Promise((resolve) => {
        giveNumbers = resolve;
        say({ kind: "allocate", count });
      }),
    nameClusters: (request) =>
      new Promise((resolve) => {
        giveNames = resolve;
        say({ kind: "name", request });
      }),
  });
}

async function answer(work: () => Promise<ChildResult>): Promise<void> {
  computing = true;
  try {
    say({ kind: "done", result: await work() });
  } catch (error) {
    say({ kind: "failed", ...describe(error) });
  }
  computing = false;
  leaseEnds();
}

function describe(error: unknown): { repeats: boolean; code: string; message: string } {
  if (error instanceof RunRefused) return { repeats: true, code: error.code, message: error.message };
  if (error instanceof KernelError && !OURS.includes(error.code)) {
    return { repeats: true, code: error.code, message: wireWords(error.message) };
  }
  if (error instanceof SnapshotGone) {
    const message = `The data this run reads are not there any more: ${error.message}`;
    return { repeats: true, code: "snapshot_gone", message };
  }
  return {
    repeats: false,
    code: "internal",
    message: error instanceof Error ? error.message : String(error),
  };
}

process.on("message", (message: ToChild) => {
  switch (message.kind) {
    case "run":
      // A server whose files were replaced by newer ones under it starts children of the newer kind.
      void answer(() => compute({ ...message.job, manifest: readManifest(message.job.manifest) }));
      break;
    case "measure":
      void answer(() => measureDrift(message.job));
      break;
    case "place":
      void answer(() => placeDocuments(message.job));
      break;
    case "compare":
      void answer(() => comparePredictions(message.job));
      break;
    case "numbers":
      giveNumbers?.(message.first);
      break;
    case "names":
      giveNames?.(message.answer);
      break;
    case "lease":
      leaseEnds();
      if (!computing) break;
      // The server is frozen or cut off: another may be computing this run by now.
      leaseEnds = after(message.ms, () => process.exit(1));
  }
});
process.on("disconnect", () => process.exit(1));
// Ctrl-C in a terminal reaches the whole process group; when to end is the parent's decision.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

// A run uses every core for minutes; requests and triggers must not wait for it.
if (!process.argv.includes("foreground")) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
say({ kind: "ready" });
