import type { ClusterChange, ComparedCluster } from "#contract/changes.ts";
import { showInstant } from "../output/answer.ts";
import { placementText } from "../placements.ts";
import { driftChart } from "./drift-chart.ts";
import { historyStrip } from "./history-strip.ts";
import { html, Markup } from "./markup.ts";
import { placeMaps } from "./place-maps.ts";
import { colorsOf } from "./report-colors.ts";
import type { ReportData, ReportedRun } from "./report-data.ts";
import { REPORT_SCRIPT } from "./report-script.ts";
import { REPORT_STYLE } from "./report-style.ts";

/** One HTML file that needs nothing else: no server, no network. */
export function reportPage(data: ReportData): string {
  const { cluster, changes, before, after, history, curves } = data;
  const colors = colorsOf(data);
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <title>${cluster.cluster_name}: what changed</title>
        <style>
          ${new Markup(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>
            ${cluster.cluster_name}<span class="verdict ${cluster.freshness.verdict}"
              >${cluster.freshness.verdict.replaceAll("_", " ")}</span
            >
          </h1>
          <p class="meta">${about(data)}</p>
          <p class="sentence">
            ${changes?.sentence ?? "The first completed run: there is none before it to compare it with."}
          </p>
          ${cluster.placement && html`<p class="meta">New documents: ${placementText(cluster.placement)}</p>`}
          ${mapsSection(data, colors)}
          <section>
            <h2>Clusters</h2>
            ${clustersTable(data, colors)}
          </section>
          ${curves.map(
            (curve) =>
              html`<section>
                <h2>${curve.metric} against the threshold of ${curve.triggerId}</h2>
                ${curve.points.length > 0 ? driftChart(curve) : html`<p class="nothing">${curve.fault ?? "Nothing has been measured yet."}</p>`}
              </section>`,
          )}
          <section>
            <h2>Runs</h2>
            <div class="scroll">${historyStrip(history)}</div>
            <p class="nothing">
              A bar is a run, the oldest first; its height is how long it took, its color how it ended.
            </p>
          </section>
          <footer>
            ${before ? `${after.run.run_id} compared with ${before.run.run_id}. ` : ""}Made by Recluster at
            ${showInstant(data.madeAt.toISOString())}.${changes && changes.notes.length > 0 ? ` ${changes.notes.join(" ")}` : ""}
          </footer>
        </main>
        <script type="application/json" id="maps">
          ${inScript(placeMaps(data, colors))}
        </script>
        <script>
          ${new Markup(REPORT_SCRIPT)};
        </script>
      </body>
    </html> `;
  return page.text;
}

/** JSON that no value can end the script element with. */
function inScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll("<", String.raw`\u003c`));
}

function about({ cluster, after }: ReportData): string {
  const steps = [cluster.reduce && `reduced by ${String(cluster.reduce.method)}`, cluster.algorithm];
  return [
    steps.filter(Boolean).join(", "),
    `${after.run.num_clusters} clusters of ${after.run.num_points.toLocaleString("en-US")} documents`,
    `computed ${showInstant(after.run.completed_at)}`,
  ].join(" · ");
}

function mapsSection({ before, after, changes }: ReportData, colors: ReadonlyMap<string, string>): Markup {
  if (after.map.labels.length === 0)
    return html`<section>
      <h2>Map</h2>
      <p class="nothing">The run has no map.</p>
    </section>`;
  const one = (id: string, title: string, { run, map }: ReportedRun) =>
    html`<div class="map">
      <h3>
        ${title}
        <span
          >${showInstant(run.completed_at)}${map.labels.length < map.members ? `, ${map.labels.length.toLocaleString("en-US")} of ${map.members.toLocaleString("en-US")} documents` : ""}</span
        >
      </h3>
      <canvas
        id="${id}"
        role="img"
        aria-label="${title}: a map of ${map.labels.length} documents in ${colors.size} colors"
      ></canvas>
      <div class="tip"></div>
    </div>`;
  const fit = changes?.map?.fit;
  const note =
    before && fit != null
      ? `The maps are laid over each other by the documents that both have; they agree to ${(100 * fit).toFixed(0)} %.`
      : (changes?.map?.note ?? "");
  return html`<section>
    <h2>${before ? "Before and after" : "Map"}</h2>
    <div class="maps">
      ${before && before.map.labels.length > 0 && one("map-before", "Before", before)}${one("map-after", before ? "After" : "Computed", after)}
    </div>
    ${note && html`<p class="nothing">${note}</p>`}
  </section>`;
}

interface Line {
  readonly id: string;
  readonly label: string | null;
  readonly before: number | null;
  readonly after: number | null;
  readonly events: readonly ClusterChange[];
}

/** Those that are new or gone first, then by size. */
function linesOf({ after, changes }: ReportData): Line[] {
  if (!changes) {
    const found = after.run.centroids ?? [];
    return found.map(({ cluster_id: id, label, num_members }) => ({
      id,
      label,
      before: null,
      after: num_members,
      events: [],
    }));
  }
  const eventsOf = (id: string) => changes.events.filter((event) => event.cluster_id === id);
  const line = (cluster: ComparedCluster): Line => ({
    id: cluster.cluster_id,
    label: cluster.label,
    before: cluster.before ? cluster.size_before : null,
    after: cluster.after ? cluster.size_after : null,
    events: eventsOf(cluster.cluster_id),
  });
  const isNew = ({ before, after: now }: Line) => (before === null || now === null ? 0 : 1);
  return changes.clusters.map(line).sort((a, b) => isNew(a) - isNew(b) || (b.after ?? 0) - (a.after ?? 0));
}

function clustersTable(data: ReportData, colors: ReadonlyMap<string, string>): Markup {
  const lines = linesOf(data);
  const pictures = (id: string) => data.after.pictures.get(id) ?? data.before?.pictures.get(id) ?? [];
  const anyPicture = lines.some(({ id }) => pictures(id).length > 0);
  const size = (count: number | null) => (count === null ? "–" : count.toLocaleString("en-US"));
  const rows = lines.map(
    ({ id, label, before, after, events }) =>
      html`<tr>
        <td>
          <span class="swatch" style="background:${colors.get(id) ?? "#8b97a5"}"></span>${id}
          <span class="label">${label}</span>
        </td>
        ${data.before && html`<td class="number">${size(before)}</td>`}
        <td class="number">${size(after)}</td>
        ${data.changes && html`<td>${events.map((event) => html`<span class="event ${event.type}" title="${tellEvent(event)}">${event.type}</span>`)}</td>`}${anyPicture && html`<td class="pictures">${pictures(id).map((uri) => html`<img src="${uri}" alt="" />`)}</td>`}
      </tr>`,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>cluster</th>
          ${data.before && html`<th class="number">before</th>`}
          <th class="number">${data.before ? "after" : "documents"}</th>
          ${data.changes && html`<th>what happened</th>`}${anyPicture && html`<th>nearest to its centre</th>`}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function tellEvent({
  overlap,
  jaccard,
  size_before: before,
  size_after: after,
  parents,
  children,
}: ClusterChange): string {
  const from = parents.length > 0 ? `; from ${parents.map((parent) => parent.cluster_id).join(", ")}` : "";
  const into = children.length > 0 ? `; into ${children.map((child) => child.cluster_id).join(", ")}` : "";
  return `${before} documents before, ${after} after, ${overlap} in both (Jaccard ${jaccard.toFixed(2)})${from}${into}`;
}
