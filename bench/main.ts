import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { machine, type BenchRow } from "./result.ts";
import { beginStolen } from "./stolen-time.ts";

/** Each bench is a module that exports `bench`: it measures and returns its rows. */
const BENCHES: Record<
  string,
  () => Promise<{ bench: (options: Record<string, string | undefined>) => Promise<BenchRow[]> }>
> = {
  history: () => import("./history.ts"),
  firing: () => import("./firing/main.ts"),
  ingest: () => import("./ingest/main.ts"),
  "at-scale": () => import("./at-scale/main.ts"),
  conditions: () => import("./conditions/main.ts"),
  kernels: () => import("./kernels/main.ts"),
  calibration: () => import("./calibration/main.ts"),
  changes: () => import("./changes/main.ts"),
  placement: () => import("./placement/main.ts"),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    database: { type: "string" },
    rows: { type: "string" },
    only: { type: "string" },
    scale: { type: "string" },
    documents: { type: "string" },
    sample: { type: "string" },
    runs: { type: "string" },
    reference: { type: "string" },
  },
});
const name = positionals[0];
const load = name === undefined ? undefined : BENCHES[name];
if (!load) {
  console.error(
    `Usage: npm run bench -- NAME [--json FILE] [options]
NAME is one of: ${Object.keys(BENCHES).join(", ")}
  history [--rows N] [--database postgres|pglite]
  firing [--only CASE,CASE] [--scale 0.01]   some of its cases; a hundredth of their size, to try them out
  ingest [--only CASE,CASE] [--scale 0.01] [--database postgres|pglite]   cases: formats, singles, readers
  at-scale [--documents 2000000] [--sample 200000] [--database postgres|pglite]
  conditions [--documents 1000000] [--only METRIC,METRIC] [--database postgres|pglite]
  kernels [--only NAME,NAME] [--scale 0.01] [--runs 3] [--reference recorded|record|none]   RECLUSTER_BENCH_PYTHON names the references' python
  calibration [--only NAME,NAME] [--scale 0.1]   how often the drift metrics fire, rightly and wrongly
  placement [--only METHOD,METHOD] [--runs 20] [--database postgres|pglite]   documents that come after a run
  changes [--only two-runs,planted] [--documents 1000000] [--scale 0.01] [--runs 5]   RECLUSTER_BENCH_PYTHON names a python that has bertopic`,
  );
  process.exit(2);
}
const { bench } = await load();
const stolenSince = beginStolen();
const rows = await bench(values);
const stolen = stolenSince();
print(rows);
if (stolen !== undefined)
  console.log(
    `\nOther guests of this host took ${(stolen * 100).toFixed(1)} % of its processor time meanwhile.`,
  );
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    `${JSON.stringify({ bench: name, machine: machine(), stolen, rows }, null, 2)}\n`,
  );
  console.log(`\nwritten to ${values.json}`);
}
process.exit(0);

function print(list: readonly BenchRow[]): void {
  const { cpu, cores, node } = machine();
  console.log(`\n${name} on ${cores} cores (${cpu}), Node ${node}; medians\n`);
  console.table(
    list.map((entry) =>
      Object.fromEntries(
        Object.entries(entry).filter(([key, value]) => value !== undefined && key !== "histogram"),
      ),
    ),
  );
  for (const { case: of, histogram } of list)
    if (histogram !== undefined) console.log(`${of.trim().replace(" p99", "")}, ms: ${histogram}`);
}
