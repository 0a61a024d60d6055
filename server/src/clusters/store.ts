import { sql, type RawBuilder } from "kysely";

import type { DatabaseClock } from "../db/database-clock.ts";
import type { Sql, Tx } from "../db/database.ts";
import { isUniqueViolation } from "../db/database-errors.ts";
import { json } from "../db/json.ts";
import type { ExecutionStatus } from "../db/tables.ts";
import { AppError } from "../platform/app-error.ts";
import { newId } from "../platform/ids.ts";
import type { ClusterDefinition } from "./definition.ts";
import type { WireConfig } from "./execution-config.ts";
import type { FreshnessRow } from "./freshness/freshness-of.ts";
import type { PlacementRow } from "./placement/placement-of.ts";

export interface NewCluster {
  /** Made here if it is not given. */
  readonly clusterId?: string;
  readonly organizationId: string;
  readonly namespaceId: string;
  readonly name: string;
  readonly description: string | null;
  readonly definition: ClusterDefinition;
  readonly wireConfig: WireConfig;
  /** How old its result may become; null: as old as it gets. */
  readonly maxAgeSeconds?: number | null;
  /** Whether documents that come after a run are placed by its rules. */
  readonly placeNewDocuments?: boolean;
}

/** A cluster with what its executions say: `status` of the newest, figures of the newest that completed. */
export interface ClusterRow extends FreshnessRow, PlacementRow {
  readonly cluster_id: string;
  readonly namespace_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly collection_ids: readonly string[];
  readonly cluster_type: "vector" | "attribute";
  readonly definition: ClusterDefinition;
  readonly wire_config: WireConfig;
  readonly metadata: Record<string, unknown>;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly last_run_id: string | null;
  readonly last_status: ExecutionStatus | null;
  readonly last_executed_at: Date | null;
  readonly num_clusters: number | null;
  readonly num_documents: number | null;
  readonly execution_time_ms: number | null;
  readonly metrics: Record<string, unknown> | null;
  readonly labeling_errors: readonly string[] | null;
}

/** Inserts a cluster and returns its id; throws `name_taken` when another of the namespace has the name. */
export async function insertCluster(tx: Tx, cluster: NewCluster): Promise<string> {
  const { clusterId = newId("clust") } = cluster;
  try {
    await tx
      .insertInto("clusters")
      .values({
        cluster_id: clusterId,
        namespace_id: cluster.namespaceId,
        organization_id: cluster.organizationId,
        name: cluster.name,
        description: cluster.description,
        collection_ids: [...cluster.definition.collectionIds],
        cluster_type: cluster.definition.method.algorithm === "attribute_based" ? "attribute" : "vector",
        definition: json(cluster.definition) as never,
        wire_config: json(cluster.wireConfig) as never,
        metadata: json({}) as never,
        max_age_seconds: cluster.maxAgeSeconds ?? null,
        place_new_documents: cluster.placeNewDocuments ?? false,
      })
      .execute();
  } catch (error) {
    throw nameTaken(error, cluster.name);
  }
  return clusterId;
}

/** Changes what a client may edit of the cluster with this id; throws `name_taken`. */
export async function updateCluster(
  tx: Tx,
  clock: DatabaseClock,
  clusterId: string,
  changes: {
    name?: string;
    description?: string | null;
    metadata?: object;
    max_age_seconds?: number | null;
    place_new_documents?: boolean;
  },
): Promise<void> {
  const { metadata, ...columns } = changes;
  try {
    await tx
      .updateTable("clusters")
      .set({
        ...columns,
        ...(metadata === undefined ? {} : { metadata: json(metadata) as never }),
        updated_at: clock.now,
      })
      .where("cluster_id", "=", clusterId)
      .execute();
  } catch (error) {
    throw nameTaken(error, changes.name ?? "");
  }
}

function nameTaken(error: unknown, name: string): unknown {
  if (!isUniqueViolation(error, "clusters_namespace_id_name_key")) return error;
  return new AppError(
    "name_taken",
    `A cluster named '${name}' exists in this namespace. Choose another name.`,
    {
      details: { field: "cluster_name" },
      cause: error,
    },
  );
}

/** As many of a cluster's runs tell whether they were worth it. */
const RECENT_RUNS = 8;

/** The cluster with this id or name. */
export async function readCluster(
  run: Sql,
  clock: DatabaseClock,
  namespaceId: string,
  identifier: string,
): Promise<ClusterRow | undefined> {
  const { rows } = await sql<ClusterRow>`${described(
    clock,
    sql`from clusters where namespace_id = ${namespaceId} and (cluster_id = ${identifier} or name = ${identifier})`,
  )}`.execute(run);
  return rows[0];
}

/** Locks the cluster with this id; false if the namespace has no such cluster. */
export async function lockCluster(tx: Tx, namespaceId: string, clusterId: string): Promise<boolean> {
  const { rows } = await sql`
    select from clusters where cluster_id = ${clusterId} and namespace_id = ${namespaceId} for update`.execute(
    tx,
  );
  return rows.length > 0;
}

/** Locks the cluster with this id and returns its definition. */
export async function lockDefinition(
  tx: Tx,
  namespaceId: string,
  clusterId: string,
): Promise<ClusterDefinition | undefined> {
  const { rows } = await sql<{ definition: ClusterDefinition }>`
    select definition from clusters where cluster_id = ${clusterId} and namespace_id = ${namespaceId}
    for update`.execute(tx);
  return rows[0]?.definition;
}

/**
 * The clusters that `chosen` (from and everything behind it, on `clusters` alone) selects, each with its executions'
 * part: look-ups by index, however many executions it has. What has come since the last completed one is told by the
 * counters that each event of a collection carries.
 */
export function described(
  clock: DatabaseClock,
  chosen: RawBuilder<unknown>,
  order = sql``,
): RawBuilder<unknown> {
  return sql`
    select c.cluster_id, c.namespace_id, c.name, c.description, c.collection_ids, c.cluster_type, c.definition,
      c.wire_config, c.metadata, c.max_age_seconds, c.place_new_documents, c.created_at, c.updated_at, ${clock.now} as now,
      newest.run_id as last_run_id, newest.status as last_status, newest.triggered_at as last_executed_at, done.ended_at as completed_at,
      done.run_id as completed_run_id, since.documents_since, due.due, measured.drift, changed.recent, placed.placement_progress, done.num_clusters, done.num_documents,
      done.execution_time_ms, done.metrics, done.labeling_errors
    from (select * ${chosen}) as c
    left join lateral (
      select run_id, status, triggered_at from executions
      where executions.cluster_id = c.cluster_id order by triggered_at desc, run_id desc limit 1
    ) as newest on true
    left join lateral (
      select run_id, snapshot, ended_at, num_clusters, num_documents, execution_time_ms, metrics, labeling_errors from executions
      where executions.cluster_id = c.cluster_id and status = 'completed' order by triggered_at desc, run_id desc limit 1
    ) as done on true
    left join lateral (
      select sum(head.total_added + head.total_updated - coalesce(read.total_added + read.total_updated, 0))::bigint
        as documents_since
      from jsonb_to_recordset(done.snapshot->'sources') as source ("collectionId" text, seq bigint)
      join collections head on head.collection_id = source."collectionId"
      left join document_events read on read.collection_id = source."collectionId" and read.seq = source.seq
    ) as since on true
    left join lateral (
      select jsonb_agg(jsonb_build_object(
        'trigger_id', trigger_id, 'due_at', next.due_at, 'schedule_config', schedule_config)) as due
      from triggers cross join lateral (
        select case trigger_type when 'conditional' then coalesce(checking_due_at, check_at) else decide_at end as due_at
      ) as next
      where triggers.cluster_id = c.cluster_id and next.due_at is not null and status in ('active', 'failed')
    ) as due on true
    left join lateral (
      select jsonb_build_object(
        'trigger_id', newest.trigger_id, 'metric', newest.metric, 'value', newest.value, 'p_value', newest.p_value,
        'threshold', schedule_config->'threshold', 'measured_at', to_json(newest.measured_at)) as drift
      from triggers cross join lateral (
        select * from measurements
        where measurements.trigger_id = triggers.trigger_id and found->>'kind' = 'measured' order by due_at desc limit 1
      ) as newest
      where triggers.cluster_id = c.cluster_id and schedule_config->>'condition_type' = 'drift'
        and newest.baseline_run_id = done.run_id
      order by newest.due_at desc, newest.trigger_id limit 1
    ) as measured on true
    left join lateral (
      select jsonb_agg(jsonb_build_object('at', ended_at, 'documents', documents) order by triggered_at desc, run_id desc) as recent
      from (
        select run_id, triggered_at, ended_at, changes->'documents' as documents from executions
        where executions.cluster_id = c.cluster_id and status = 'completed' and changes is not null
        order by triggered_at desc, run_id desc limit ${RECENT_RUNS}
      ) as runs
    ) as changed on true
    left join lateral (
      select jsonb_build_object(
        'run_id', run_id, 'placed', placed, 'unplaced', unplaced, 'settled', settled, 'error', error,
        'is_behind', exists (
          select from collections head where head.collection_id = any(c.collection_ids)
            and head.event_seq > coalesce((positions->head.collection_id->>'seq')::bigint, 0))) as placement_progress
      from placement_progress as p where p.cluster_id = c.cluster_id
    ) as placed on true ${order}`;
}
