/**
 * False alarms and detections of the drift metrics on real embeddings, at the defaults of a trigger: `--only NAME,NAME`
 * for cases that begin so ("month" for the hourly checks, "mmd digits 2000"), `--scale 0.1` for a tenth of the trials. A process for each core; about a quarter of an hour on two.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

import type { BenchRow } from "../result.ts";
import { type Case, findCases } from "./cases.ts";

export async function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const scale = Number(options.scale ?? 1);
  if (!(scale > 0)) throw new Error(`--scale is ${options.scale}; it takes a number above 0.`);
  const cases = findCases(options.only, scale);
  const rows = new Map<Case, BenchRow>();
  const waiting = [...cases];
  const work = async (): Promise<void> => {
    const child = fork(new URL("case-process.ts", import.meta.url), { execArgv: process.execArgv });
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const found = await answerTo(child, one);
      rows.set(one, found);
      console.log(`${rows.size} of ${cases.length}: ${found.case}: ${found.ours} ${found.unit}`);
    }
    child.kill();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return cases.map((one) => rows.get(one)!).sort((a, b) => (a.case < b.case ? -1 : 1));
}

async function answerTo(child: ChildProcess, one: Case): Promise<BenchRow> {
  child.send(one);
  const [answer] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown];
  if (typeof answer === "object" && answer !== null) return answer as BenchRow;
  throw new Error(`The process of a case ended with ${String(answer)}: ${JSON.stringify(one)}`);
}
