import type { ClusterPlacement } from "#contract/placements.ts";
import { counted } from "../platform/counted.ts";
import { connect } from "./connect.ts";
import { wholeNumber } from "./options.ts";
import { printAnswer, showInstant } from "./output/answer.ts";
import { table } from "./output/table.ts";

export interface PlacementsOptions {
  readonly limit: string;
  readonly document?: string;
  readonly unplaced?: boolean;
  readonly json?: boolean;
}

/** `recluster placements CLUSTER` */
export async function showPlacements(cluster: string, options: PlacementsOptions): Promise<void> {
  const client = connect();
  const { cluster_id } = await client.clusters.get(cluster);
  const answer = await client.clusters.placements(cluster_id, {
    limit: wholeNumber("--limit", options.limit),
    ...(options.document === undefined ? {} : { document_id: options.document }),
    ...(options.unplaced === true ? { unplaced: true } : {}),
  });
  printAnswer(options, answer, () => {
    const { placement, placements, next_cursor } = answer;
    if (placements.length === 0 && options.document !== undefined) {
      return `${placementText(placement)}\n\nThe document '${options.document}' has no predicted cluster: it was there at the last run, or does not exist, or is not one that a run would read.`;
    }
    if (placements.length === 0) return placementText(placement);
    const rows = placements.map((one) => [
      one.document_id,
      one.cluster_id ?? "none",
      one.label,
      one.distance?.toFixed(3),
      showInstant(one.placed_at),
    ]);
    return [
      placementText(placement),
      table(["document", "predicted", "label", "distance", "placed"], rows),
      ...(next_cursor === null ? [] : ["… and more: --limit shows up to 1000, --json has the cursor"]),
    ].join("\n\n");
  });
}

/** A cluster's placing in words: how many documents have come since the run, and what became of those before. */
export function placementText(placement: ClusterPlacement): string {
  const { state, message, run_id, placed, unplaced, unplaced_share: share, settled } = placement;
  const count = (documents: number) => documents.toLocaleString("en-US");
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const parts: string[] = [];
  if (message !== null) parts.push(message);
  else if (share === null && state !== "placing") {
    parts.push(`Nothing has come since ${run_id ?? "the last run"}.`);
  }
  if (share !== null) {
    parts.push(
      `${counted(placed, "new document")} ${placed === 1 ? "has" : "have"} a predicted cluster of ${run_id}, ${count(unplaced)} (${percent(share)}) ${unplaced === 1 ? "belongs" : "belong"} to none.`,
    );
  }
  if (state === "placing") {
    parts.push(
      share === null
        ? `What has come since ${run_id ?? "the last run"} is being looked at.`
        : "More are being placed.",
    );
  }
  if (settled !== null && settled.documents > 0) {
    parts.push(
      `Of ${count(settled.documents)} placed before ${settled.run_id}, it put ${count(settled.as_predicted)} (${percent(settled.as_predicted / settled.documents)}) where they were predicted.`,
    );
  }
  return parts.join(" ");
}
