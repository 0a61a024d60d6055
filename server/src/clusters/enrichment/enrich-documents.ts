import type { ApplyClusterEnrichmentRequest, ClusteringEnrichmentResponse } from "#contract/enrichment.ts";
import type { Sql, Tx } from "../../db/database.ts";
import { findCollection } from "../../documents/collections/store.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import { newId } from "../../platform/ids.ts";
import { sleep } from "../../platform/timers.ts";
import type { ClusterDefinition } from "../definition.ts";
import { carryOut, type EnrichmentDeps } from "./carry-out.ts";
import { USUAL_FIELDS } from "./enrichment-fields.ts";
import { claimEnrichment, insertEnrichments, readEnrichments, type NewEnrichment } from "./store.ts";

/** How soon what another works on is looked at again. */
const LOOK_MS = 100;
const USUAL_BATCH = 1_000;

/**
 * Writes the clusters of the newest completed runs of clusters, or of the runs named, into documents, and answers when all is written: for all of
 * it, also what an earlier request began that a kill cut short. If `stopping` aborts, what is left goes on without the request.
 *
 * @throws AppError `not_found`, `no_artifacts`, `invalid_value`, `enrichment_running`, and what ended an enrichment
 */
export async function enrichDocuments(
  deps: EnrichmentDeps,
  { namespaceId, actor }: { readonly namespaceId: string; readonly actor: string },
  request: ApplyClusterEnrichmentRequest,
  stopping: AbortSignal,
): Promise<ClusteringEnrichmentResponse> {
  const { db, clock } = deps.documents;
  const source = await findCollection(db.sql, namespaceId, request.source_collection_id);
  const into = request.target_collection_id;
  const target = into == null ? source : await findCollection(db.sql, namespaceId, into);
  const wanted: NewEnrichment[] = [];
  for (const identifier of new Set(request.clustering_ids)) {
    const run = await findRun(db.sql, namespaceId, identifier);
    refuseOthers(run, source);
    if (wanted.some((one) => one.run_id === run.run_id)) continue;
    wanted.push({
      cluster_id: run.cluster_id,
      run_id: run.run_id,
      source_collection_id: source.collectionId,
      target_collection_id: target.collectionId,
      fields: run.definition.enrichment?.fields ?? USUAL_FIELDS,
      requested_by: actor,
    });
  }
  refuseSameFields(wanted);
  const ids = await db.transaction(async (tx) => {
    await holdClusters(tx, wanted);
    return insertEnrichments(db, tx, clock, wanted);
  });
  for (const id of ids) await untilEnded(deps, id, stopping);
  const done = await readEnrichments(db.sql, ids);
  const sum = (of: "processed" | "enriched" | "failed") => done.reduce((total, row) => total + row[of], 0);
  const batch = request.batch_size ?? USUAL_BATCH;
  return {
    processed: sum("processed"),
    enriched: sum("enriched"),
    failed: sum("failed"),
    batches: done.reduce((total, row) => total + Math.ceil(row.processed / batch), 0),
  };
}

/** Keeps them from being deleted until the transaction ends; throws `not_found` if one was. */
async function holdClusters(tx: Tx, wanted: readonly NewEnrichment[]): Promise<void> {
  const ids = [...new Set(wanted.map(({ cluster_id }) => cluster_id))].sort();
  const rows = await tx
    .selectFrom("clusters")
    .select("cluster_id")
    .where("cluster_id", "in", ids)
    .orderBy("cluster_id")
    .forKeyShare()
    .execute();
  const gone = ids.find((id) => !rows.some((row) => row.cluster_id === id));
  if (gone !== undefined) throw notFound("cluster", gone);
}

interface FoundRun {
  readonly run_id: string;
  readonly cluster_id: string;
  readonly definition: ClusterDefinition;
}

async function findRun(sql: Sql, namespaceId: string, identifier: string): Promise<FoundRun> {
  const runs = sql
    .selectFrom("executions")
    .select(["run_id", "cluster_id", "definition", "status", "artifact_path"])
    .where("namespace_id", "=", namespaceId);
  const named = await runs.where("run_id", "=", identifier).executeTakeFirst();
  if (named) return asFound(named, identifier);
  const cluster = await sql
    .selectFrom("clusters")
    .select("cluster_id")
    .where("namespace_id", "=", namespaceId)
    .where((where) => where.or([where("cluster_id", "=", identifier), where("name", "=", identifier)]))
    .executeTakeFirst();
  if (!cluster) throw notFound(identifier.startsWith("run_") ? "execution" : "cluster", identifier);
  const newest = await runs
    .where("cluster_id", "=", cluster.cluster_id)
    .where("status", "=", "completed")
    .orderBy("triggered_at", "desc")
    .orderBy("run_id", "desc")
    .limit(1)
    .executeTakeFirst();
  return asFound(newest, identifier);
}

function asFound(
  row:
    | { run_id: string; cluster_id: string; definition: object; status: string; artifact_path: string | null }
    | undefined,
  identifier: string,
): FoundRun {
  if (row?.artifact_path) return { ...row, definition: row.definition as ClusterDefinition };
  const is = row
    ? `The run '${identifier}' is ${row.status}`
    : `The cluster '${identifier}' has no completed run`;
  throw new AppError("no_artifacts", `${is}; documents get the clusters of a completed one. Run it first.`, {
    details: { clustering_id: identifier },
  });
}

function refuseOthers({ definition }: FoundRun, source: { collectionId: string; name: string }): void {
  if (definition.several?.strategy === "independent") {
    throw invalid(
      "clustering_ids",
      "A cluster with the strategy independent puts a document into one cluster for each feature; it cannot be written into one field.",
    );
  }
  if (definition.collectionIds.includes(source.collectionId)) return;
  throw invalid(
    "source_collection_id",
    `The collection '${source.name}' is not among those that the cluster reads: ${definition.collectionIds.join(", ")}.`,
  );
}

/** Two runs that write the same field would leave what the last one wrote. */
function refuseSameFields(wanted: readonly NewEnrichment[]): void {
  const owner = new Map<string, string>();
  for (const { run_id, cluster_id, fields } of wanted) {
    for (const { target_field: field } of fields) {
      const other = owner.get(field);
      if (other !== undefined) {
        throw invalid(
          "clustering_ids",
          `'${other}' and '${cluster_id}' both write the field '${field}'. Ask for them one by one, or create clusters whose source_enrichment_config names different fields.`,
        );
      }
      owner.set(field, cluster_id || run_id);
    }
  }
}

async function untilEnded(deps: EnrichmentDeps, id: string, stopping: AbortSignal): Promise<void> {
  const { db, clock } = deps.documents;
  const owner = newId("worker");
  for (;;) {
    const [row] = await readEnrichments(db.sql, [id]);
    if (!row) throw notFound("enrichment", id);
    if (row.status === "failed") throw failed(row);
    if (row.status !== "running") return;
    if (stopping.aborted) {
      throw new AppError(
        "enrichment_running",
        "The server stops; the enrichment goes on when it is back. Send the request again to be told when all is written.",
        { details: { enrichment_id: id, processed: row.processed } },
      );
    }
    const claimed = await claimEnrichment(db.sql, clock, owner, id);
    if (claimed) await carryOut(deps, claimed, owner, stopping);
    else await sleep(LOOK_MS, stopping);
  }
}

function failed(row: {
  error: string | null;
  error_code: string | null;
  processed: number;
  enrichment_id: string;
}) {
  const code = row.error_code as "internal";
  return new AppError(
    code,
    `${row.error} ${row.processed} documents had been gone through before, and what was written stays.`,
    { details: { enrichment_id: row.enrichment_id, processed: row.processed } },
  );
}

function invalid(field: string, message: string): AppError {
  return new AppError("invalid_value", message, { details: { field } });
}
