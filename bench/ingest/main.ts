/**
 * How fast do documents come in, and what does it cost? Each case has a server of its own in a process of its own, on a
 * new folder; `--database postgres` gives it a real PostgreSQL with its durable defaults instead of PGlite.
 * `--only formats,singles,readers` for some of the cases, `--scale 0.01` to try them out.
 */
import type { BenchRow } from "../result.ts";
import { formats } from "./formats.ts";
import { readers } from "./readers.ts";
import type { DatabaseKind } from "./server.ts";
import { singles } from "./singles.ts";

export interface IngestOptions {
  readonly database: DatabaseKind;
  /** A size at the scale that was asked for, at least `least`. */
  readonly scaled: (size: number, least?: number) => number;
}

const CASES: Record<string, (options: IngestOptions) => Promise<BenchRow[]>> = { formats, singles, readers };

export async function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const scale = Number(options.scale ?? 1);
  if (!(scale > 0 && scale <= 1))
    throw new Error(`--scale is ${options.scale}; it takes a number above 0, up to 1.`);
  const database = options.database ?? "pglite";
  if (database !== "pglite" && database !== "postgres")
    throw new Error(`--database is ${database}; it takes postgres or pglite.`);
  const names = options.only?.split(",") ?? Object.keys(CASES);
  const unknown = names.find((name) => !(name in CASES));
  if (unknown !== undefined)
    throw new Error(`--only names '${unknown}'; ingest has: ${Object.keys(CASES).join(", ")}.`);
  const scaled = (size: number, least = 10) => Math.min(size, Math.max(least, Math.round(size * scale)));
  const rows: BenchRow[] = [];
  for (const name of names) {
    const started = performance.now();
    rows.push(...(await CASES[name]!({ database, scaled })));
    console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  return rows;
}
