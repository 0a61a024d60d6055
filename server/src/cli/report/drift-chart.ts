import { showInstant } from "../output/answer.ts";
import { html, type Markup } from "./markup.ts";
import type { DriftCurve } from "./report-data.ts";

const WIDTH = 900;
const HEIGHT = 200;
const LEFT = 46;
const BOTTOM = 24;
const TOP = 10;

/** Values over time with the threshold they are held against; where the trigger fired there is a mark. */
export function driftChart({ metric, threshold, points }: DriftCurve): Markup {
  const from = points[0]!.at.getTime();
  const span = Math.max(1, points.at(-1)!.at.getTime() - from);
  const top = 1.15 * Math.max(threshold, ...points.map(({ value }) => value)) || 1;
  const x = (at: Date) => (LEFT + ((WIDTH - LEFT - 10) * (at.getTime() - from)) / span).toFixed(1);
  const y = (value: number) => (TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)).toFixed(1);
  const line = points.map(({ at, value }) => `${x(at)},${y(value)}`).join(" ");
  const label = `${metric} over ${points.length} checks, threshold ${threshold}`;
  const dots = points.map(
    ({ at, value, fired }) =>
      html`<circle class="${fired ? "fired" : "check"}" cx="${x(at)}" cy="${y(value)}" r="${fired ? 6 : 3}"
        ><title>
          ${showInstant(at.toISOString())}: ${value.toPrecision(3)}${fired ? ", fired" : ""}
        </title></circle
      >`,
  );
  return html`<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
      <line class="axis" x1="${LEFT}" x2="${WIDTH - 10}" y1="${y(0)}" y2="${y(0)}" />
      <line class="threshold" x1="${LEFT}" x2="${WIDTH - 10}" y1="${y(threshold)}" y2="${y(threshold)}" />
      <text x="${LEFT - 6}" y="${Number(y(threshold)) + 4}" text-anchor="end">${threshold}</text>
      <text x="${LEFT - 6}" y="${Number(y(0)) + 4}" text-anchor="end">0</text>
      <text x="${LEFT}" y="${HEIGHT - 4}">${showInstant(points[0]!.at.toISOString())}</text>
      <text x="${WIDTH - 10}" y="${HEIGHT - 4}" text-anchor="end">
        ${showInstant(points.at(-1)!.at.toISOString())}
      </text>
      <polyline class="values" points="${line}" />
      ${dots}
    </svg>
    <p class="nothing">
      A point is a check; the dashed line is the
      threshold.${points.some(({ fired }) => fired) ? " A large red one fired." : ""}
    </p>`;
}
