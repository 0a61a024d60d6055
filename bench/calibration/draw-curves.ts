/**
 * The picture of docs/drift.md from the JSON of the bench: for each metric, the share of checks that fire by how much of the
 * current sample is of an unseen class.
 *
 *     npm run bench -- calibration --json calibration.json
 *     node --conditions=recluster-source bench/calibration/draw-curves.ts calibration.json docs/drift.svg
 */
import { readFileSync, writeFileSync } from "node:fs";

import type { BenchRow } from "../result.ts";

const LINES = [
  { source: "digits", size: 2000, color: "#0b4f8a" },
  { source: "digits", size: 500, color: "#3f8fce" },
  { source: "digits", size: 100, color: "#a5cbe8" },
  { source: "texts", size: 300, color: "#c4501b" },
] as const;
const SHARES = [0, 0.05, 0.1, 0.2, 0.5];
const COLUMNS = 4;
const PANEL = { width: 230, height: 170, left: 44, top: 34, plotWidth: 170, plotHeight: 104 };
const HEAD = 56;

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error("Usage: draw-curves.ts CALIBRATION.json PICTURE.svg");
  process.exit(2);
}
const { rows } = JSON.parse(readFileSync(from, "utf8")) as { rows: BenchRow[] };
writeFileSync(to, drawing(rows.filter(({ scenario }) => scenario === "independent")));

function drawing(found: readonly BenchRow[]): string {
  const metrics = [...new Set(found.map(({ metric }) => metric as string))].sort(
    (a, b) => Number(a.includes("quality")) - Number(b.includes("quality")),
  );
  const width = COLUMNS * PANEL.width + 16;
  const height = HEAD + Math.ceil(metrics.length / COLUMNS) * PANEL.height;
  const legend = LINES.map(
    ({ source, size, color }, i) =>
      `<line x1="${16 + i * 190}" y1="42" x2="${40 + i * 190}" y2="42" stroke="${color}" stroke-width="3"/>` +
      text(46 + i * 190, 46, `${size} ${source} on each side`),
  );
  const panels = metrics.map((metric, i) => {
    const x = (i % COLUMNS) * PANEL.width;
    const y = HEAD + Math.floor(i / COLUMNS) * PANEL.height;
    return `<g transform="translate(${x} ${y})">${panel(metric, found)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" fill="#222">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    text(16, 22, "Checks that fire, by the share of documents of an unseen class; no document in both samples", 14),
    ...legend,
    ...panels,
    "</svg>\n",
  ].join("\n"); // prettier-ignore
}

function panel(metric: string, found: readonly BenchRow[]): string {
  const { left, top, plotWidth, plotHeight } = PANEL;
  const xOf = (share: number): number =>
    left + (SHARES.indexOf(share) / (SHARES.length - 1)) * plotWidth;
  const yOf = (fires: number): number => top + (1 - fires) * plotHeight;
  const threshold = found.find((row) => row.metric === metric)!.threshold as number;
  const grid = [0, 0.5, 1].map(
    (fires) =>
      `<line x1="${left}" x2="${left + plotWidth}" y1="${yOf(fires)}" y2="${yOf(fires)}" stroke="#ddd"/>` +
      text(left - 6, yOf(fires) + 4, `${fires * 100} %`, 11, "end"),
  );
  const labels = SHARES.map((share) => text(xOf(share), top + plotHeight + 16, `${share * 100} %`, 11, "middle"));
  const lines = LINES.map(({ source, size, color }) => {
    const of = found.filter((row) => row.metric === metric && row.source === source && row.size === size);
    const points = SHARES.flatMap((share) => {
      const row = of.find((one) => one.share === share);
      return row === undefined ? [] : [`${xOf(share)},${yOf(row.ours).toFixed(1)}`];
    });
    const dots = points.map((point) => {
      const [x, y] = point.split(",");
      return `<circle cx="${x!}" cy="${y!}" r="2.5" fill="${color}"/>`;
    });
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join("")}`;
  });
  const title = text(left - 28, 18, `${metric.replace("quality_degradation:", "quality: ")}, from ${threshold}`, 12);
  return [title, ...grid, ...labels, ...lines].join("");
} // prettier-ignore

function text(x: number, y: number, content: string, size = 11, anchor = "start"): string {
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}">${content}</text>`;
}
