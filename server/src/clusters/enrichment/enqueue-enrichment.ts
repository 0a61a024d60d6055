import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database, Tx } from "../../db/database.ts";
import type { EndedExecution } from "../../runs/hooks.ts";
import type { ClusterDefinition } from "../definition.ts";
import { USUAL_FIELDS } from "./enrichment-fields.ts";
import { insertEnrichments, supersedeOlder } from "./store.ts";

/**
 * In the transaction that ends a run: if its definition asks for it, the documents of each collection are to get their clusters. What
 * older runs of the cluster have not written yet is left.
 */
export async function enqueueEnrichment(
  db: Database,
  clock: DatabaseClock,
  tx: Tx,
  { runId, clusterId, status }: Pick<EndedExecution, "runId" | "clusterId" | "status">,
): Promise<void> {
  if (status !== "completed") return;
  const { definition } = await tx
    .selectFrom("executions")
    .select("definition")
    .where("run_id", "=", runId)
    .executeTakeFirstOrThrow();
  const { enrichment, collectionIds } = definition as unknown as ClusterDefinition;
  if (!enrichment?.afterRuns) return;
  await supersedeOlder(tx, clock, clusterId, runId);
  await insertEnrichments(
    db,
    tx,
    clock,
    collectionIds.map((collectionId) => ({
      cluster_id: clusterId,
      run_id: runId,
      source_collection_id: collectionId,
      target_collection_id: collectionId,
      fields: enrichment.fields ?? USUAL_FIELDS,
      requested_by: null,
    })),
  );
}
