import { join } from "node:path";

import { isDatabaseAway } from "../../db/database-errors.ts";
import { enrichUnit, type EnrichedFields } from "../../documents/changes/enrich-unit.ts";
import { unitsOf } from "../../documents/changes/units-matching.ts";
import { findCollection, type Collection } from "../../documents/collections/store.ts";
import type { DocumentsDeps } from "../../documents/deps.ts";
import { findStates } from "../../documents/store.ts";
import { AppError } from "../../platform/app-error.ts";
import type { MemberRow } from "../../runs/artifacts/read-artifacts.ts";
import { type RunClusterRow, readRunClusters } from "../../runs/store.ts";
import { memberUnits, type PlacedMember } from "./member-units.ts";
import {
  advanceEnrichment,
  endEnrichment,
  EnrichmentLost,
  giveBackEnrichment,
  type EnrichmentRow,
} from "./store.ts";

export interface EnrichmentDeps {
  readonly documents: DocumentsDeps;
  readonly storageFolder: string;
}

/** Documents of a unit: on PGlite everybody waits for its transaction, as in ingestion (docs/decisions/010). */
const UNIT = 1_000;
const PGLITE_UNIT_BESIDE_OTHERS = 100;
/** Before an enrichment that met a database that was away, or was stopped, is taken up again. */
const PAUSE_SECONDS = 5;

/**
 * Writes what is left of an enrichment that the caller has claimed, unit by unit, giving way to others between them, and records how it
 * ended. Resolves when it has ended, when its lease is lost, when `signal` aborts, or when the namespace's rate of documents says to wait:
 * it is then taken up again later. Throws only what a database that is away throws.
 */
export async function carryOut(
  deps: EnrichmentDeps,
  row: EnrichmentRow,
  owner: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock, logger } = deps.documents;
  const held = { enrichmentId: row.enrichment_id, owner };
  try {
    const isDone = await writeRest(deps, row, owner, signal);
    if (isDone) await endEnrichment(db.sql, clock, held, null);
    else await giveBackEnrichment(db.sql, clock, held, 0);
  } catch (error) {
    if (error instanceof EnrichmentLost) return;
    if (isDatabaseAway(error)) {
      await giveBackEnrichment(db.sql, clock, held, PAUSE_SECONDS);
      return;
    }
    if (error instanceof AppError && error.code === "rate_limited") {
      await giveBackEnrichment(
        db.sql,
        clock,
        held,
        Number(error.details?.retry_after_seconds ?? PAUSE_SECONDS),
      );
      return;
    }
    const isTheirs = error instanceof AppError && error.status < 500;
    if (!isTheirs) logger.error({ err: error, ...held }, "an enrichment failed");
    await endEnrichment(db.sql, clock, held, {
      code: isTheirs ? error.code : "internal",
      message: isTheirs ? error.message : "Something failed on our side; the server's log has more.",
    });
  }
}

/** Whether all is done; false if the signal came first. */
async function writeRest(
  deps: EnrichmentDeps,
  row: EnrichmentRow,
  owner: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { db, clock, courtesy, signals } = deps.documents;
  const execution = await db.sql
    .selectFrom("executions")
    .select(["artifact_path", "namespace_id"])
    .where("run_id", "=", row.run_id)
    .executeTakeFirst();
  // Deleted with its cluster, and this with both.
  if (!execution?.artifact_path) throw new EnrichmentLost();
  const target = await findCollection(db.sql, execution.namespace_id, row.target_collection_id);
  const clusters = new Map(
    (await readRunClusters(db.sql, row.run_id)).map((cluster) => [`cl_${cluster.number}`, cluster]),
  );
  const unitSize = () => (db.kind === "pglite" && courtesy.isAttended ? PGLITE_UNIT_BESIDE_OTHERS : UNIT);
  const folder = join(deps.storageFolder, execution.artifact_path);
  const giveWay = courtesy.begin();
  for await (const unit of memberUnits(folder, row.source_collection_id, row.next_row, unitSize)) {
    if (signal.aborted) return false;
    for (const part of await partsOf(deps, target, unit)) {
      const wanted = part.map((member) => toFields(row, member, clusters));
      await enrichUnit(deps.documents, target, wanted, (tx, found) =>
        advanceEnrichment(
          tx,
          clock,
          { enrichmentId: row.enrichment_id, owner },
          { nextRow: part.at(-1)!.nextRow, processed: part.length, enriched: found.size },
        ),
      );
    }
    signals.announce("enrichment.unit", { enrichmentId: row.enrichment_id, nextRow: unit.at(-1)!.nextRow });
    await giveWay();
  }
  return true;
}

/** The unit, or parts of it if its documents are too large for one transaction. */
async function partsOf(
  { documents }: EnrichmentDeps,
  { collectionId }: Collection,
  unit: readonly PlacedMember[],
): Promise<PlacedMember[][]> {
  const ids = unit.map(({ document_id: id }) => id);
  const states = await findStates(documents.db.sql, collectionId, ids);
  const parts = unitsOf(
    ids.map((documentId) => ({ documentId, sizeBytes: states.get(documentId)?.sizeBytes ?? 0 })),
  );
  let from = 0;
  return parts.map(({ length }) => unit.slice(from, (from += length)));
}

/** What a document gets: of noise, null for all but the run. */
function toFields(
  { run_id, fields }: EnrichmentRow,
  { document_id: documentId, cluster_id, distance }: MemberRow,
  clusters: ReadonlyMap<string, RunClusterRow>,
): EnrichedFields {
  const cluster = cluster_id === null ? undefined : clusters.get(cluster_id);
  const values = {
    cluster_id,
    label: cluster?.label ?? null,
    distance,
    keywords: cluster?.keywords ?? null,
    run_id,
  };
  return {
    documentId,
    fields: Object.fromEntries(
      fields.map(({ source_field, target_field }) => [target_field, values[source_field]]),
    ),
  };
}
