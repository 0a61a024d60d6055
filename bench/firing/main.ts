/**
 * How soon is the decision about a due trigger durable, and what does waiting cost? Each case has a PostgreSQL server
 * and a folder of its own, and the server's own scheduler in a process of its own. Commit instants are PostgreSQL's
 * (track_commit_timestamp): read as the commit begins, before its flush. `--only single,at-once` for some of the
 * cases, `--scale 0.01` to try them out with a hundredth of the triggers, of the history and of the waiting.
 */
import type { BenchRow } from "../result.ts";
import { atOnce } from "./at-once.ts";
import { events } from "./events.ts";
import { history } from "./history.ts";
import { single } from "./single.ts";
import { sleepers } from "./sleepers.ts";

/** In the order they run; each is given a function that scales a size. */
const CASES: Record<string, (scaled: Scaled) => Promise<BenchRow[]>> = {
  sleepers,
  single,
  events,
  "at-once": atOnce,
  history,
};

/** A size of a case at the scale that was asked for, at least `least`. */
export type Scaled = (size: number, least?: number) => number;

export async function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const scale = Number(options.scale ?? 1);
  if (!(scale > 0 && scale <= 1))
    throw new Error(`--scale is ${options.scale}; it takes a number above 0, up to 1.`);
  const names = options.only?.split(",") ?? Object.keys(CASES);
  const unknown = names.find((name) => !(name in CASES));
  if (unknown !== undefined)
    throw new Error(`--only names '${unknown}'; firing has: ${Object.keys(CASES).join(", ")}.`);
  const scaled: Scaled = (size, least = 10) => Math.min(size, Math.max(least, Math.round(size * scale)));
  const rows: BenchRow[] = [];
  for (const name of names) {
    const started = performance.now();
    rows.push(...(await CASES[name]!(scaled)));
    console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  return rows;
}
