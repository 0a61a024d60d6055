import type { PatchClusterLabelsRequest } from "#contract/cluster-labels.ts";
import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database } from "../../db/database.ts";
import { AppError } from "../../platform/app-error.ts";
import { clusterNotFound } from "../cluster-not-found.ts";
import { lockCluster } from "../store.ts";
import { type GivenLabelRow, readGivenLabels, readNextNumber, writeGivenLabels } from "./store.ts";

/**
 * Gives clusters of a definition labels of their own, or back to what the runs find (null), all or none. Throws
 * `not_found` for the definition, `invalid_value` for numbers no run has given yet and labels of blanks. Returns all that
 * are given now.
 */
export async function giveLabels(
  { db, clock }: { readonly db: Database; readonly clock: DatabaseClock },
  owner: { readonly namespaceId: string; readonly clusterId: string; readonly actor: string },
  { labels }: PatchClusterLabelsRequest,
): Promise<GivenLabelRow[]> {
  const { namespaceId, clusterId, actor } = owner;
  const wanted = Object.entries(labels).map(([id, label]) => ({
    id,
    number: Number(id.slice("cl_".length)),
    label: label === null ? null : label.trim(),
  }));
  return db.transaction(async (tx) => {
    if (!(await lockCluster(tx, namespaceId, clusterId))) throw clusterNotFound(clusterId);
    const next = await readNextNumber(tx, clusterId);
    for (const { id, number, label } of wanted) {
      if (!(number < next)) {
        const known = next === 0 ? "it has had no cluster yet" : `its clusters are cl_0 to cl_${next - 1}`;
        throw invalid(id, `No run of '${clusterId}' has made ${id}; ${known}. Take one of an execution's.`);
      }
      if (label === "") throw invalid(id, `The label of ${id} is blank. Give a text, or null to remove it.`);
    }
    await writeGivenLabels(tx, clock, clusterId, wanted, actor);
    return readGivenLabels(tx, clusterId);
  });
}

function invalid(id: string, message: string): AppError {
  return new AppError("invalid_value", message, { details: { field: `labels.${id}` } });
}
