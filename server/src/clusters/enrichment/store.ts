import { sql } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database, Sql, Tx } from "../../db/database.ts";
import { rowsOf } from "../../db/json.ts";
import { newId } from "../../platform/ids.ts";
import type { FieldMapping } from "./enrichment-fields.ts";

/** One run's clusters on their way into one collection. */
export interface EnrichmentRow {
  readonly enrichment_id: string;
  readonly cluster_id: string;
  readonly run_id: string;
  readonly source_collection_id: string;
  readonly target_collection_id: string;
  readonly fields: readonly FieldMapping[];
  readonly requested_by: string | null;
  readonly status: "running" | "completed" | "failed" | "superseded";
  readonly next_row: number;
  readonly processed: number;
  readonly enriched: number;
  readonly failed: number;
  readonly requested_at: Date;
  readonly ended_at: Date | null;
  readonly error: string | null;
  readonly error_code: string | null;
}

export type NewEnrichment = Pick<
  EnrichmentRow,
  "cluster_id" | "run_id" | "source_collection_id" | "target_collection_id" | "fields" | "requested_by"
>;

const LEASE_SECONDS = 30;
/** Of a cluster; older ones that have ended go when new ones come. */
const KEPT = 100;

const COLUMNS = sql.raw(
  "enrichment_id, cluster_id, run_id, source_collection_id, target_collection_id, fields, requested_by, status, next_row, " +
    "processed, enriched, failed, requested_at, ended_at, error, error_code",
);

/** Thrown by a write whose lease is no longer held, or whose enrichment is gone: whoever wrote must stop. */
export class EnrichmentLost extends Error {}

/** Puts enrichments on record, those that are under way already not again; returns the ids in the order given. */
export async function insertEnrichments(
  db: Database,
  tx: Tx,
  clock: DatabaseClock,
  wanted: readonly NewEnrichment[],
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const rows = wanted.map((one, place) => ({ ...one, place, enrichment_id: newId("enrich") }));
  const columns =
    "place int, enrichment_id text, cluster_id text, run_id text, source_collection_id text, target_collection_id text, fields jsonb, requested_by text";
  // The update changes nothing; it makes the statement return, and lock, the one that is there.
  const { rows: found } = await sql<EnrichmentRow>`
    insert into enrichments
      (enrichment_id, cluster_id, run_id, source_collection_id, target_collection_id, fields, requested_by, requested_at)
    select enrichment_id, cluster_id, run_id, source_collection_id, target_collection_id, fields, requested_by, ${clock.now}
    from ${rowsOf(rows, columns)} order by place
    on conflict (run_id, source_collection_id, target_collection_id, md5(fields::text)) where status = 'running'
    do update set run_id = excluded.run_id
    returning ${COLUMNS}`.execute(tx);
  for (const clusterId of new Set(wanted.map((one) => one.cluster_id))) await forgetOld(tx, clusterId);
  db.wakeAfterCommit(tx, "enrichments");
  return wanted.map(
    (one) =>
      found.find(
        (row) =>
          row.run_id === one.run_id &&
          row.source_collection_id === one.source_collection_id &&
          row.target_collection_id === one.target_collection_id,
      )!.enrichment_id,
  );
}

async function forgetOld(tx: Tx, clusterId: string): Promise<void> {
  await sql`
    delete from enrichments where cluster_id = ${clusterId} and status <> 'running' and enrichment_id not in (
      select enrichment_id from enrichments where cluster_id = ${clusterId}
      order by requested_at desc, enrichment_id desc limit ${KEPT})`.execute(tx);
}

/** What older runs of the cluster would write by themselves is out of date with a newer run. */
export async function supersedeOlder(
  tx: Tx,
  clock: DatabaseClock,
  clusterId: string,
  runId: string,
): Promise<void> {
  await sql`
    update enrichments set status = 'superseded', ended_at = ${clock.now}, owner = null, lease_until = null
    where cluster_id = ${clusterId} and run_id <> ${runId} and status = 'running' and requested_by is null`.execute(
    tx,
  );
}

/** Takes the one with this id, or the oldest that nobody works on and that may go on. */
export async function claimEnrichment(
  run: Sql,
  clock: DatabaseClock,
  owner: string,
  enrichmentId: string | null = null,
): Promise<EnrichmentRow | undefined> {
  const one = enrichmentId === null ? sql`` : sql`and enrichment_id = ${enrichmentId}`;
  const { rows } = await sql<EnrichmentRow>`
    update enrichments set owner = ${owner}, lease_until = ${clock.now} + ${LEASE_SECONDS} * interval '1 second'
    where enrichment_id = (
      select enrichment_id from enrichments
      where status = 'running' and (lease_until is null or lease_until <= ${clock.now}) ${one}
      order by requested_at, enrichment_id limit 1 for update skip locked)
    returning ${COLUMNS}`.execute(run);
  return rows[0];
}

export interface EnrichedUnit {
  /** The first member that is not done. */
  readonly nextRow: number;
  readonly processed: number;
  readonly enriched: number;
}

/** Records a unit and renews the lease, in the transaction that writes its documents. Throws EnrichmentLost. */
export async function advanceEnrichment(
  tx: Tx,
  clock: DatabaseClock,
  { enrichmentId, owner }: { readonly enrichmentId: string; readonly owner: string },
  { nextRow, processed, enriched }: EnrichedUnit,
): Promise<void> {
  const { numAffectedRows } = await sql`
    update enrichments set next_row = ${nextRow}, processed = processed + ${processed}::bigint,
      enriched = enriched + ${enriched}::bigint, failed = failed + ${processed - enriched}::bigint,
      lease_until = ${clock.now} + ${LEASE_SECONDS} * interval '1 second'
    where enrichment_id = ${enrichmentId} and owner = ${owner} and status = 'running'`.execute(tx);
  if (numAffectedRows !== 1n) throw new EnrichmentLost();
}

/** Ends it; nothing if it is not held any more. */
export async function endEnrichment(
  run: Sql,
  clock: DatabaseClock,
  { enrichmentId, owner }: { readonly enrichmentId: string; readonly owner: string },
  error: { readonly code: string; readonly message: string } | null,
): Promise<void> {
  await sql`
    update enrichments set status = ${error ? "failed" : "completed"}, ended_at = ${clock.now}, owner = null,
      lease_until = null, error = ${error?.message ?? null}, error_code = ${error?.code ?? null}
    where enrichment_id = ${enrichmentId} and owner = ${owner} and status = 'running'`.execute(run);
}

/** Lets it go; whoever takes it up may do so in so many seconds. */
export async function giveBackEnrichment(
  run: Sql,
  clock: DatabaseClock,
  { enrichmentId, owner }: { readonly enrichmentId: string; readonly owner: string },
  seconds: number,
): Promise<void> {
  await sql`
    update enrichments set owner = null, lease_until = ${clock.now} + ${seconds} * interval '1 second'
    where enrichment_id = ${enrichmentId} and owner = ${owner} and status = 'running'`.execute(run);
}

/** For the only server of a database, as it starts: whoever held them has gone. */
export async function releaseEnrichments(run: Sql): Promise<void> {
  await sql`update enrichments set owner = null, lease_until = null where status = 'running'`.execute(run);
}

/** Milliseconds until the next may be taken up; null if none is under way. */
export async function msUntilEnrichment(run: Sql, clock: DatabaseClock): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`
    select extract(epoch from min(coalesce(lease_until, ${clock.now})) - ${clock.now})::float8 * 1000 as ms
    from enrichments where status = 'running'`.execute(run);
  return rows[0]!.ms;
}

export async function readEnrichments(run: Sql, ids: readonly string[]): Promise<EnrichmentRow[]> {
  const { rows } = await sql<EnrichmentRow>`
    select ${COLUMNS} from enrichments where enrichment_id = any(${ids}::text[])`.execute(run);
  return rows;
}

/** Newest first. */
export async function listEnrichments(run: Sql, clusterId: string): Promise<EnrichmentRow[]> {
  const { rows } = await sql<EnrichmentRow>`
    select ${COLUMNS} from enrichments where cluster_id = ${clusterId}
    order by requested_at desc, enrichment_id desc limit ${KEPT}`.execute(run);
  return rows;
}
