/**
 * The tables of docs/drift.md from the JSON of the bench, as Markdown.
 *
 *     node --conditions=recluster-source bench/calibration/print-tables.ts calibration.json
 */
import { readFileSync } from "node:fs";

import type { BenchRow } from "../result.ts";
import { CHANGES } from "./cases.ts";

const { rows } = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as { rows: BenchRow[] };
const grid = rows.filter(({ scenario }) => scenario !== undefined);

for (const metric of new Set(grid.map((row) => row.metric as string))) {
  const of = grid.filter((row) => row.metric === metric);
  print(`${metric}, from ${of[0]!.threshold}`, ["documents on each side", "nothing new", "a tenth replaced by the same kind", "5 % new", "10 %", "20 %", "50 %", "a tenth replaced by new"], lines(of)); // prettier-ignore
}

const months = rows.filter(({ check }) => check !== undefined);
const kinds = new Set(months.map(({ source, size, check }) => `${source}|${size}|${check}`));
print("A month of hourly checks with nothing changed", ["documents, checks", "triggers", "checks", "p < 0.001", "firings", "most of one trigger"], [...kinds].map((kind) => {
  const of = months.filter(({ source, size, check }) => `${source}|${size}|${check}` === kind);
  const sum = (key: string): number => of.reduce((total, row) => total + Number(row[key]), 0);
  const most = Math.max(...of.map((row) => row.ours));
  return [`${of[0]!.size} ${of[0]!.source}, ${of[0]!.check}`, of.length, sum("checks"), sum("significant"), sum("ours"), most];
})); // prettier-ignore

function lines(of: readonly BenchRow[]): (string | number)[][] {
  const sizes = new Set(of.map(({ source, size }) => `${source}|${size}`));
  return [...sizes].sort(bySize).map((key) => {
    const [source, size] = key.split("|") as [string, string];
    const cells = CHANGES.map(([scenario, share]) => {
      const row = of.find((one) => one.source === source && String(one.size) === size && one.scenario === scenario && one.share === share); // prettier-ignore
      if (row === undefined) return "";
      return share === 0
        ? `${row.fired} of ${row.trials}`
        : `${(row.ours * 100).toFixed(0)} % (${row.value_p50})`;
    });
    return [`${size} ${source}`, ...cells];
  });
}

function bySize(a: string, b: string): number {
  const [source, size] = a.split("|");
  const [other, more] = b.split("|");
  return source === other ? Number(size) - Number(more) : source! < other! ? -1 : 1;
}

function print(
  title: string,
  head: readonly string[],
  body: readonly (readonly (string | number)[])[],
): void {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  console.log(
    [`**${title}**`, "", line(head), line(head.map(() => "---")), ...body.map(line), ""].join("\n"),
  );
}
