import { join } from "node:path";

import { sql } from "kysely";

import type { ClusterDefinition } from "../../clusters/definition.ts";
import { namedFeatures } from "../../clusters/several-features.ts";
import type { Database, Sql } from "../../db/database.ts";
import { resolveFeatures } from "../../documents/resolve-feature.ts";
import { countDocuments } from "../../documents/sampling/count-documents.ts";
import { findCurrent } from "../../documents/sampling/current-documents.ts";
import { readManifest, type StoredManifest } from "../../documents/snapshots/stored-manifest.ts";
import { type Baseline, readBaseline } from "../../runs/drift/baseline-file.ts";
import type { Measure } from "./checker.ts";
import type { BaselineRef } from "./finished-check.ts";
import { measureVolume } from "./measure-volume.ts";

export interface MeasureDeps {
  readonly db: Database;
  readonly storageFolder: string;
}

/** Measures conditions on the documents there are, against what their cluster's last completed run has left. */
export function createMeasure(deps: MeasureDeps): Measure {
  return async ({ clusterId, condition, baselineRunId }, _measuredAt, signal) => {
    const { db } = deps;
    const definition = await readDefinition(db.sql, clusterId);
    const current = await findCurrent(db.sql, {
      collectionIds: definition.collectionIds,
      filters: definition.filters ?? null,
      featureNames: await featureNames(db.sql, definition),
    });
    const documents = await countDocuments(db, current, signal);
    const baseline = await readAgainst(deps, baselineRunId);
    const sizes = { documents, baseline: baseline?.ref ?? null };
    if (documents < condition.minDocuments) return { kind: "too_few", ...sizes };
    if (!baseline) return { kind: "no_baseline", ...sizes, details: {} };
    return measureVolume(db.sql, current, documents, baseline);
  };
}

export interface Against {
  readonly ref: BaselineRef;
  readonly sample: Baseline;
  /** Where the run's artifacts are. */
  readonly folder: string;
}

/** The baseline of a run; null without one, or if the run has left none. */
async function readAgainst(
  { db, storageFolder }: MeasureDeps,
  runId: string | null,
): Promise<Against | null> {
  if (runId === null) return null;
  const { rows } = await sql<{ artifact_path: string | null; snapshot: StoredManifest | null }>`
    select artifact_path, snapshot from executions where run_id = ${runId}`.execute(db.sql);
  const { artifact_path: path = null, snapshot = null } = rows[0] ?? {};
  if (path === null || snapshot === null) return null;
  const folder = join(storageFolder, path);
  const sample = await readBaseline(folder);
  if (!sample) return null;
  const { takenAt, documents } = readManifest(snapshot);
  return { ref: { run_id: runId, taken_at: takenAt, documents }, sample, folder };
}

async function readDefinition(run: Sql, clusterId: string): Promise<ClusterDefinition> {
  const { definition } = await run
    .selectFrom("clusters")
    .select("definition")
    .where("cluster_id", "=", clusterId)
    .executeTakeFirstOrThrow();
  return definition as unknown as ClusterDefinition;
}

async function featureNames(run: Sql, definition: ClusterDefinition): Promise<string[]> {
  if (definition.method.algorithm === "attribute_based") return [];
  const features = await resolveFeatures(run, definition.collectionIds, namedFeatures(definition));
  return features.map(({ name }) => name);
}
