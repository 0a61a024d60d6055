import { askChild } from "../../runs/process/ask-child.ts";
import type { Compared } from "../../runs/rules/compare-predictions.ts";
import type { PlacementDeps } from "./place-cluster.ts";
import { type ClaimedPlacing, holdPlacing } from "./lease.ts";
import { findLeft, type LeftPlacement, removePlacements } from "./placement-rows.ts";
import { countSettled, forgetPlacing, resetPlacing } from "./progress.ts";

/**
 * Removes placements by the rules of earlier runs, some at a time, and counts of how many documents the last run says
 * what was predicted. Those that it has not read are placed by its own rules meanwhile. Where nobody wants placements any
 * more all are removed. Throws PlacingLost.
 */
export async function settlePredictions(
  deps: PlacementDeps,
  claimed: ClaimedPlacing,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock, courtesy } = deps.documents;
  const { clusterId, isWanted, last } = claimed;
  if (!isWanted) {
    await removeAll(deps, claimed, signal);
    return;
  }
  const giveWay = courtesy.begin();
  while (!signal.aborted) {
    const left = await findLeft(db.sql, clusterId, last?.runId ?? claimed.runId);
    const compared =
      last !== null && left.length > 0 ? await compare(deps, last.artifactPath, left, signal) : null;
    await db.transaction(async (tx) => {
      await holdPlacing(tx, clock, claimed);
      await removePlacements(tx, clusterId, left);
      if (compared !== null) await countSettled(tx, clusterId, last!.runId, compared);
    });
    if (left.length === 0) return;
    await giveWay();
  }
}

/**
 * Removes a cluster's placements, some at a time, then its row if nobody wants it. First of all the row says that nothing
 * is placed: who turns placing on again meanwhile finds it so, and begins again. Throws PlacingLost.
 */
export async function removeAll(
  { documents: { db, clock, courtesy } }: PlacementDeps,
  claimed: ClaimedPlacing,
  signal: AbortSignal,
): Promise<void> {
  const { clusterId } = claimed;
  const giveWay = courtesy.begin();
  await db.transaction(async (tx) => {
    await holdPlacing(tx, clock, claimed);
    await resetPlacing(tx, clusterId);
  });
  while (!signal.aborted) {
    const left = await findLeft(db.sql, clusterId, null);
    await db.transaction(async (tx) => {
      await holdPlacing(tx, clock, claimed);
      await removePlacements(tx, clusterId, left);
      if (left.length === 0) await forgetPlacing(tx, clusterId);
    });
    if (left.length === 0) return;
    await giveWay();
  }
}

/** Null where it cannot be known any more, since the run's files are gone. */
async function compare(
  { storageFolder, pool }: PlacementDeps,
  artifactPath: string,
  left: readonly LeftPlacement[],
  signal: AbortSignal,
): Promise<Compared | null> {
  const predictions = left.map((row) => ({
    collectionId: row.collection_id,
    documentId: row.document_id,
    feature: row.feature,
    number: row.number,
  }));
  try {
    return await askChild(pool, signal, (child) =>
      child.compare({ storageFolder, artifactPath, predictions }),
    );
  } catch (error) {
    if ((error as { code?: string }).code === "artifacts_gone") return null;
    throw error;
  }
}
