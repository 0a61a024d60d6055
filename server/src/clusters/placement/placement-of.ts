import type { ClusterPlacement } from "#contract/placements.ts";

/** What is known of the placing of a cluster's new documents. */
export interface PlacementRow {
  readonly place_new_documents: boolean;
  /** The last completed run. */
  readonly completed_run_id: string | null;
  readonly placement_progress: PlacingProgress | null;
}

export interface PlacingProgress {
  readonly run_id: string | null;
  readonly placed: number;
  readonly unplaced: number;
  readonly settled: ClusterPlacement["settled"];
  readonly error: string | null;
  /** Whether documents came, or were changed, that were not looked at. */
  readonly is_behind: boolean;
}

/** Null where the cluster does not place new documents. */
export function placementOf(row: PlacementRow): ClusterPlacement | null {
  if (!row.place_new_documents) return null;
  const { completed_run_id: lastRun, placement_progress: placing } = row;
  const isAdopted = placing !== null && placing.run_id === lastRun;
  const { placed = 0, unplaced = 0 } = placing ?? {};
  return {
    ...stateOf(lastRun, isAdopted ? placing : null),
    run_id: placing?.run_id ?? null,
    ...{ placed, unplaced },
    unplaced_share: placed + unplaced === 0 ? null : unplaced / (placed + unplaced),
    settled: placing?.settled ?? null,
  };
}

/** @param placing null while the last run's rules are not in use yet */
function stateOf(
  lastRun: string | null,
  placing: PlacingProgress | null,
): Pick<ClusterPlacement, "state" | "message"> {
  if (lastRun === null) {
    return { state: "waiting_for_run", message: "New documents are placed once a run has completed." };
  }
  if (placing !== null && placing.error !== null) return { state: "unavailable", message: placing.error };
  return { state: placing === null || placing.is_behind ? "placing" : "current", message: null };
}
