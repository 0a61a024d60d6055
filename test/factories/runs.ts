import { join } from "node:path";

import { sql } from "kysely";

import type { ClusterDefinition } from "../../server/src/clusters/definition.ts";
import { ManualClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { json, rowsOf } from "../../server/src/db/json.ts";
import { newId } from "../../server/src/platform/ids.ts";
import { readLabelsConfig } from "../../server/src/platform/config.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import { TestSignals } from "../../server/src/platform/test-signals.ts";
import { enqueue } from "../../server/src/runs/enqueue.ts";
import type { EndedExecution } from "../../server/src/runs/hooks.ts";
import type { RunsDeps } from "../../server/src/runs/runs-deps.ts";
import { testSnapshots } from "./snapshots.ts";
import type { TestTenant } from "./tenant.ts";

export interface TestDocument {
  readonly id: string;
  readonly payload?: object;
  /** Of the feature `embedding`. */
  readonly vector?: readonly number[];
}

export interface TestRuns {
  readonly deps: RunsDeps & { readonly clock: ManualClock };
  /** What the triggers' hook was told, in order. */
  readonly ended: EndedExecution[];
}

/** The dependencies of the runs room with a clock set by hand and hooks that take the locks the real ones take. */
export function createTestRuns(
  db: Database,
  storageFolder: string,
  config: Partial<RunsDeps["config"]> = {},
): TestRuns {
  const ended: EndedExecution[] = [];
  const deps = {
    db,
    clock: new ManualClock(new Date("2026-03-01T12:00:00Z")),
    storageFolder,
    hooks: {
      lock: async (tx, clusterId, triggerId) => {
        await sql`select 1 from triggers where trigger_id = ${triggerId} for update`.execute(tx);
        await sql`select 1 from clusters where cluster_id = ${clusterId} for update`.execute(tx);
      },
      ended: (_tx, execution) => {
        ended.push(execution);
        return Promise.resolve();
      },
    },
    logger: silentLogger,
    signals: new TestSignals(),
    config: {
      ...{ runsAtOnce: 1, runMemoryBytes: 2 ** 31, runSeconds: 3600, keepSnapshots: 1 },
      labels: readLabelsConfig({}),
      ...config,
    },
    snapshots: testSnapshots(db, storageFolder),
  } satisfies RunsDeps;
  return { deps, ended };
}

/** A collection with one feature, `embedding`, and these documents. */
export async function addCollection(
  db: Database,
  tenant: TestTenant,
  dimensions: number,
  documents: readonly TestDocument[],
): Promise<string> {
  const collectionId = newId("col");
  await db.sql
    .insertInto("collections")
    .values({
      collection_id: collectionId,
      namespace_id: tenant.namespaceId,
      name: collectionId.replace("col_", "c-"),
      description: null,
      metadata: json({}) as never,
      features: json([{ name: "embedding", dimensions }]) as never,
      document_count: documents.length,
    })
    .execute();
  const rows = documents.map(({ id, payload = {}, vector }, ordinal) => ({
    id,
    payload,
    ordinal,
    vector: vector ? Buffer.from(Float32Array.from(vector).buffer).toString("hex") : null,
  }));
  await db.transaction(async (tx) => {
    await sql`
      with given as materialized (
        select *, case when vector is null then null else nextval('vector_ids') end as vector_id
        from ${rowsOf(rows, "id text, payload jsonb, ordinal int, vector text")}
      ), staged as (
        insert into staged_vectors (vector_id, collection_id, feature, vector)
        select vector_id, ${collectionId}, 0, decode(vector, 'hex') from given where vector is not null
      )
      insert into documents (collection_id, document_id, payload, vector_ids, content_hash)
      select ${collectionId}, id, payload, array[vector_id], id from given order by ordinal`.execute(tx);
  });
  return collectionId;
}

/** K-means by `embedding` into `n_clusters`, unless told otherwise. */
export function kmeansDefinition(
  collectionIds: readonly string[],
  params: Partial<Extract<ClusterDefinition["method"], { algorithm: "kmeans" }>["params"]> = {},
): ClusterDefinition {
  return {
    collectionIds,
    method: {
      algorithm: "kmeans",
      params: {
        n_clusters: 3,
        max_iter: 300,
        random_state: 7,
        n_init: 2,
        tol: 1e-4,
        init: "k-means++",
        ...params,
      },
    },
    featureName: null,
    normalizeFeatures: false,
    labelPaths: null,
  };
}

export async function addCluster(
  db: Database,
  tenant: TestTenant,
  definition: ClusterDefinition,
): Promise<string> {
  const clusterId = newId("clust");
  await db.sql
    .insertInto("clusters")
    .values({
      cluster_id: clusterId,
      namespace_id: tenant.namespaceId,
      organization_id: tenant.organizationId,
      name: clusterId.replace("clust_", "cluster-"),
      description: null,
      collection_ids: [...definition.collectionIds],
      cluster_type: definition.method.algorithm === "kmeans" ? "vector" : "attribute",
      definition: json(definition) as never,
      wire_config: json({}) as never,
      metadata: json({}) as never,
    })
    .execute();
  return clusterId;
}

/** A pending execution of the cluster, which is given this definition, asked for by nobody's trigger. */
export async function addExecution(
  db: Database,
  tenant: TestTenant,
  clusterId: string,
  definition: ClusterDefinition,
  triggeredAt = new Date("2026-03-01T12:00:00Z"),
): Promise<string> {
  const [runId] = await db.transaction(async (tx) => {
    await tx
      .updateTable("clusters")
      .set({ definition: json(definition) as never })
      .where("cluster_id", "=", clusterId)
      .execute();
    return enqueue(db, tx, [
      {
        clusterId,
        namespaceId: tenant.namespaceId,
        organizationId: tenant.organizationId,
        trigger: null,
        dueAt: null,
        triggeredAt,
        consumed: null,
        requestedBy: "test",
      },
    ]);
  });
  return runId!;
}

/** The execution's row. */
export async function readExecution(db: Database, runId: string) {
  return db.sql.selectFrom("executions").selectAll().where("run_id", "=", runId).executeTakeFirstOrThrow();
}

/** The execution's attempts, in order. */
export async function readAttempts(db: Database, runId: string) {
  return db.sql.selectFrom("attempts").selectAll().where("run_id", "=", runId).orderBy("attempt").execute();
}

/** Documents in `centres.length` groups of `each`, four-dimensional and far apart; the same for the same arguments. */
export function documentsInGroups(each: number, words: readonly string[]): TestDocument[] {
  return Array.from({ length: each * words.length }, (_, i) => {
    const group = i % words.length;
    // A low-discrepancy spread: no two vectors are equal.
    const spread = (j: number) => ((i * 0.618034 + j * 0.414214) % 1) * 0.5;
    return {
      id: `doc-${i}`,
      payload: { title: `${words[group]} ${words[group]} number${i}`, group: words[group] },
      vector: [0, 1, 2, 3].map((j) => (j === group % 4 ? 10 : 0) + spread(j)),
    };
  });
}

/** Enough work for a run to be caught computing: half a million k-means starts would take hours. */
export const ENDLESS = { n_clusters: 8, n_init: 500_000 } as const;

export function artifactFile(storageFolder: string, artifactPath: string, name: string): string {
  return join(storageFolder, artifactPath, name);
}
