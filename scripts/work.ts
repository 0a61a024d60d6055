import { Tally } from "./tally.ts";

/** Something that passes or fails: a test file on a database, a static check. */
export interface Work {
  readonly name: string;
  /** What it says is kept until its end, so that what runs side by side is not mixed up. */
  readonly run: () => Promise<Outcome>;
}

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  readonly output: string;
}

/**
 * Does the work of all queues at the same time, each queue in its order and so many of it at once, and prints what each says when
 * it has ended, with its seconds.
 */
export async function doWork(
  queues: readonly { readonly works: readonly Work[]; readonly atOnce: number }[],
  tally: Tally,
): Promise<void> {
  const lanes = queues.flatMap(({ works, atOnce }) => {
    const queue = [...works];
    return Array.from({ length: atOnce }, async () => {
      for (let work = queue.shift(); work; work = queue.shift()) {
        const started = performance.now();
        const outcome = await work.run();
        const seconds = (performance.now() - started) / 1000;
        tally.add(work.name, seconds, outcome);
        const sign = outcome.failed > 0 ? "✖" : "✔";
        console.log(`\n${sign} ${work.name} (${seconds.toFixed(1)} s)\n${outcome.output}`.trimEnd());
      }
    });
  });
  await Promise.all(lanes);
}
