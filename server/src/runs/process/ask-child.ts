import { AppError } from "../../platform/app-error.ts";
import type { ChildOutcome, ProcessPool } from "./process-pool.ts";
import type { RunChild } from "./run-child.ts";

/**
 * What a child of the pool answers; the child is ended when `signal` aborts. Throws the signal's reason, an error with
 * the `code` that the child gave and whether it `repeats`, `internal` if the process ended.
 */
export async function askChild<Result>(
  pool: ProcessPool,
  signal: AbortSignal,
  ask: (child: RunChild) => Promise<ChildOutcome<Result>>,
): Promise<Result> {
  signal.throwIfAborted();
  const child = pool.take();
  const kill = () => void child.kill();
  signal.addEventListener("abort", kill, { once: true });
  try {
    const outcome = await ask(child);
    signal.throwIfAborted();
    if (outcome.kind === "done") return outcome.result;
    if (outcome.kind === "gone") throw new AppError("internal", outcome.message);
    const { code, repeats } = outcome;
    throw Object.assign(new Error(outcome.message), { code, repeats });
  } finally {
    signal.removeEventListener("abort", kill);
    await pool.giveBack(child);
  }
}
