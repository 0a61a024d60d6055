import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Decisions are the database clock's: the servers' own may be minutes off, each by something else. */
export const SKEWS_MS = [-7 * 60_000, 0, 5 * 60_000] as const;

export interface SkewedClock {
  readonly skewMs: number;
  /** For the environment of a server. */
  readonly env: Readonly<Record<string, string>>;
  /** Asserts that the server and the processes that compute its runs really had this clock. */
  prove(): Promise<void>;
}

/** A clock that is off by `skewMs` for one server; `folder` takes the proof. */
export function skewedClock(skewMs: number, folder: string): SkewedClock {
  const preload = new URL("skew-clock.ts", import.meta.url).href;
  const proof = join(folder, `clock-${skewMs}.jsonl`);
  return {
    skewMs,
    env: {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --import=${preload}`.trim(),
      RECLUSTER_TEST_CLOCK_SKEW_MS: String(skewMs),
      RECLUSTER_TEST_CLOCK_PROOF: proof,
    },
    prove: async () => {
      const lines = (await readFile(proof, "utf8")).trim().split("\n");
      const shown = lines.map((line) => JSON.parse(line) as Shown);
      for (const script of ["main.ts", "run-process.ts"])
        assert.ok(
          shown.some((process) => process.script === script),
          `${script} left what its clock shows`,
        );
      for (const { script, real, now, created } of shown)
        for (const at of [now, created])
          assert.ok(
            Math.abs(at - real - skewMs) < 30_000,
            `the clock of ${script} is off by ${at - real} ms`,
          );
    },
  };
}

interface Shown {
  readonly script: string;
  readonly real: number;
  readonly now: number;
  readonly created: number;
}
