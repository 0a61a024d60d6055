import { availableParallelism } from "node:os";
import { InferenceSession } from "./runtime.ts";
import { KernelError } from "../kernel-error.ts";

/** More threads would leave a thread too few columns of a wide product, and with that another order of its sums. */
export const MAX_THREADS = 32;

export function openSession(model: Uint8Array, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // A waiting thread that spins gains nothing measurable here and takes the core from whoever else needs it.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
}

export function checkThreads(threads: number | undefined): number {
  if (threads === undefined) return Math.min(availableParallelism(), MAX_THREADS);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new KernelError(
      "bad_parameter",
      `threads is ${threads}; give a whole number from 1, or leave it out for all cores.`,
    );
  }
  return Math.min(threads, MAX_THREADS);
}
