import { relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

export interface Tally {
  passed: number;
  failed: number;
  skipped: string[];
}

/**
 * Runs test files, each in a process of its own, printing as it goes. Environment variables for the files are set on
 * this process, which they inherit.
 */
export async function runTests(
  files: readonly string[],
  options: { readonly concurrency: number; readonly env?: Record<string, string> },
): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  if (files.length === 0) return tally;
  Object.assign(process.env, options.env);
  const spent = new Map<string, number>();
  const addTime = (event: {
    readonly nesting: number;
    readonly file?: string;
    readonly details: { readonly duration_ms: number };
  }) => {
    if (event.nesting === 0 && event.file !== undefined)
      spent.set(event.file, (spent.get(event.file) ?? 0) + event.details.duration_ms);
  };
  // The limit fails a test and leaves its file running, and a file that never ends keeps the runner waiting: forceExit.
  const limits = { timeout: 1_200_000, forceExit: true };
  const stream = run({ files: [...files], concurrency: options.concurrency, ...limits });
  stream.on("test:pass", (event) => {
    addTime(event);
    if (event.details.type === "suite") return;
    if (event.skip !== undefined)
      tally.skipped.push(`${event.name}${typeof event.skip === "string" ? `: ${event.skip}` : ""}`);
    else tally.passed++;
  });
  stream.on("test:fail", (event) => {
    addTime(event);
    if (event.details.type !== "suite") tally.failed++;
  });
  const printed = stream.compose(new spec());
  for await (const chunk of printed) process.stdout.write(chunk as string);
  printSlowest(spent);
  for (const name of Object.keys(options.env ?? {})) Reflect.deleteProperty(process.env, name);
  return tally;
}

/** Where a run's time goes: its fifteen slowest files, in seconds of their tests. */
function printSlowest(files: ReadonlyMap<string, number>): void {
  const slowest = [...files].sort(([, a], [, b]) => b - a).slice(0, 15);
  if (files.size < 20) return;
  for (const [file, ms] of slowest) {
    console.log(`${(ms / 1000).toFixed(0).padStart(5)} s  ${relative(process.cwd(), file)}`);
  }
}
