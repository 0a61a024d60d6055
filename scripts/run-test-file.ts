import { Readable } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";

import type { Outcome } from "./work.ts";

/**
 * The limit fails a test and leaves its file running, and a file that never ends keeps the runner waiting: forceExit. It also ends a
 * file before all it says is written: passed tests may go uncounted; a failed one makes the file itself fail.
 */
const LIMITS = { timeout: 1_200_000, forceExit: true };

/** Runs a test file in a process of its own, which has this process's environment and `env`. */
export async function runTestFile(file: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
  let [passed, failed, output] = [0, 0, ""];
  const skipped: string[] = [];
  const stream = run({ files: [file], concurrency: 1, env: { ...process.env, ...env }, ...LIMITS });
  stream.on("test:pass", ({ name, skip, details }) => {
    if (details.type === "suite") return;
    if (skip === undefined) passed++;
    else skipped.push(typeof skip === "string" ? `${name}: ${skip}` : name);
  });
  stream.on("test:fail", ({ details }) => {
    if (details.type !== "suite") failed++;
  });
  const printed = Readable.from(withoutCounts(stream)).pipe(new spec());
  for await (const chunk of printed) output += chunk as string;
  return { passed, failed, skipped, output };
}

interface TestEvent {
  readonly type: string;
  readonly data: { readonly nesting?: number; readonly file?: string };
}

/** Eight lines of counts after each file would be most of the log; the tally has them. */
async function* withoutCounts(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    const { type, data } = event;
    if (type !== "test:diagnostic" || data.nesting !== 0 || data.file !== undefined) yield event;
  }
}
