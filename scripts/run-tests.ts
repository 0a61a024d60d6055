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
  const stream = run({ files: [...files], concurrency: options.concurrency, timeout: 1_200_000 });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite") return;
    if (event.skip !== undefined)
      tally.skipped.push(`${event.name}${typeof event.skip === "string" ? `: ${event.skip}` : ""}`);
    else tally.passed++;
  });
  stream.on("test:fail", (event) => {
    if (event.details.type !== "suite") tally.failed++;
  });
  const printed = stream.compose(new spec());
  for await (const chunk of printed) process.stdout.write(chunk as string);
  for (const name of Object.keys(options.env ?? {})) Reflect.deleteProperty(process.env, name);
  return tally;
}
