import type { ClusterExecutionResult } from "#contract/executions.ts";
import { showDuration, showInstant } from "../output/answer.ts";
import { html, type Markup } from "./markup.ts";

const MOST = 60;
const STEP = 14;
const HEIGHT = 64;

/** A bar a run, oldest first: its height is how long it took, its color how it ended. */
export function historyStrip(history: readonly ClusterExecutionResult[]): Markup {
  const runs = history.slice(0, MOST).toReversed();
  const longest = Math.max(1, ...runs.map((run) => durationOf(run) ?? 0));
  const width = Math.max(1, runs.length) * STEP;
  const bars = runs.map((run, index) => {
    const took = durationOf(run);
    const height = 6 + ((HEIGHT - 6) * (took ?? 0)) / longest;
    const result =
      run.status === "completed"
        ? `${run.num_clusters} clusters of ${run.num_points.toLocaleString("en-US")} documents`
        : (run.error_message ?? "");
    const title = `${run.run_id}, ${run.status}, ${showInstant(run.created_at)}, took ${showDuration(took)}. ${result}`;
    return html`<rect
      class="${run.status}"
      x="${index * STEP + 2}"
      y="${(HEIGHT - height).toFixed(1)}"
      width="${STEP - 4}"
      height="${height.toFixed(1)}"
      rx="2"
      ><title>${title}</title></rect
    >`;
  });
  return html`<svg
    class="strip"
    viewBox="0 0 ${width} ${HEIGHT}"
    width="${width}"
    height="${HEIGHT}"
    role="img"
    aria-label="${runs.length} runs, oldest first"
  >
    ${bars}
  </svg>`;
}

function durationOf({ created_at: from, completed_at: to }: ClusterExecutionResult): number | null {
  return to === null ? null : Date.parse(to) - Date.parse(from);
}
