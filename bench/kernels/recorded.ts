import { readFileSync, writeFileSync } from "node:fs";

import { machine } from "../result.ts";
import type { Finished } from "./case-process.ts";

const FILE = new URL("./recorded.json", import.meta.url);

/** What a reference too slow to repeat measured once, where, and in which versions. */
export interface Recorded extends Omit<Finished, "floor"> {
  readonly seconds: number;
  readonly machine: { readonly cpu: string; readonly cores: number };
}

export function recordedReference(name: string): Recorded | undefined {
  return all()[name];
}

export function recordReference(
  name: string,
  seconds: number,
  { quality, peakMb, versions }: Finished,
): Recorded {
  const { cpu, cores } = machine();
  const recorded = { seconds, quality, peakMb, versions, machine: { cpu, cores } };
  const entries = Object.entries({ ...all(), [name]: recorded }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  return recorded;
}

function all(): Record<string, Recorded> {
  return JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Recorded>;
}
