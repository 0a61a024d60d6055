import { join } from "node:path";

import { sql } from "kysely";

import type { Feature } from "#contract/collections.ts";
import type { ClusterDefinition } from "../../clusters/definition.ts";
import { namedFeatures } from "../../clusters/several-features.ts";
import type { Database, Sql } from "../../db/database.ts";
import { resolveFeatures } from "../../documents/resolve-feature.ts";
import { countDocuments } from "../../documents/sampling/count-documents.ts";
import { type CurrentDocuments, findCurrent } from "../../documents/sampling/current-documents.ts";
import { readManifest, type StoredManifest } from "../../documents/snapshots/stored-manifest.ts";
import type { Turnstile } from "../../platform/turnstile.ts";
import type { VectorStore } from "../../documents/vector-store.ts";
import { type Baseline, readBaseline } from "../../runs/drift/baseline-file.ts";
import type { ProcessPool } from "../../runs/process/process-pool.ts";
import type { Measure } from "./checker.ts";
import type { Verdict } from "./read-verdict.ts";
import type { BaselineRef, Found, Sizes } from "./finished-check.ts";
import { measureVectors } from "./measure-vectors.ts";
import { measureVolume } from "./measure-volume.ts";

export interface MeasureDeps {
  readonly db: Database;
  readonly vectors: VectorStore;
  readonly storageFolder: string;
  /** Of a process that measures vectors, kept ready between checks. */
  readonly pool: ProcessPool;
  /** Who waits for that process: it uses every core. */
  readonly turnstile: Turnstile;
  /** Asks the URL of a custom condition. */
  readonly ask: (
    question: { url: string; triggerId: string; clusterId: string; namespaceId: string; checkedAt: Date; documents: Record<string, unknown> },
    signal: AbortSignal,
  ) => Promise<Verdict>;
} // prettier-ignore

/** What is compared: the documents that a run would read now, and what their cluster's last completed run has left. */
export interface Comparison {
  readonly definition: ClusterDefinition;
  readonly current: CurrentDocuments;
  readonly against: Against | null;
}

export interface Against {
  readonly ref: BaselineRef;
  readonly sample: Baseline;
  /** Of the run's artifacts, relative to the storage folder. */
  readonly artifactPath: string;
}

/**
 * Measures conditions. Documents are counted exactly, but where a filter would have to look at all of them to measure a
 * sample: then their number is told by the sample, and says so.
 */
export function createMeasure(deps: MeasureDeps): Measure {
  return async (claimed, measuredAt, signal) => {
    const { db, ask } = deps;
    const { condition, triggerId, clusterId, baselineRunId } = claimed;
    const { definition, namespaceId } = await readCluster(db.sql, clusterId);
    const current = await findCurrent(db.sql, {
      collectionIds: definition.collectionIds,
      filters: definition.filters ?? null,
      featureNames: await featureNames(db.sql, definition),
    });
    const against = await readAgainst(deps, baselineRunId);
    const differ = against && differentFeatures(against, current);
    const comparison = { definition, current, against };
    if (condition.type === "drift" || condition.type === "quality") {
      return differ ?? measureVectors(deps, claimed, comparison, signal);
    }
    const documents = await countDocuments(db, current, signal);
    const sizes = { documents, baseline: against?.ref ?? null };
    if (documents < condition.minDocuments) return { kind: "too_few", ...sizes };
    if (condition.type === "custom") {
      const url = condition.webhookUrl!;
      const told = { documents, baseline: sizes.baseline };
      const question = { url, triggerId, clusterId, namespaceId, checkedAt: measuredAt, documents: told };
      return toFound(await ask(question, signal), sizes);
    }
    if (!against) return { kind: "no_baseline", ...sizes, details: {} };
    return measureVolume(db.sql, current, documents, against);
  };
}

function toFound(verdict: Verdict, sizes: Sizes): Found {
  const answer = "met" in verdict ? { value: null, met: verdict.met } : { value: verdict.value, met: null };
  return { kind: "measured", ...answer, pValue: null, ...sizes, details: {} };
}

/** Snapshots of different features or dimensions are never compared. */
function differentFeatures({ sample, ref }: Against, { features }: CurrentDocuments): Found | null {
  const named = (list: readonly Feature[]) =>
    list.map(({ name, dimensions }) => `'${name}' (${dimensions} dimensions)`).join(", ") || "no feature";
  if (named(sample.features) === named(features)) return null;
  return {
    kind: "failed",
    error: `The baseline, the run ${ref.run_id}, has read ${named(sample.features)}, and a run would read ${named(features)} now: they cannot be compared. Run the cluster, then it is the baseline.`,
    details: { code: "features_differ", baseline_features: sample.features, features },
  };
}

/** The baseline of a run; null without one, or if the run has left none. */
async function readAgainst(
  { db, storageFolder }: Pick<MeasureDeps, "db" | "storageFolder">,
  runId: string | null,
): Promise<Against | null> {
  if (runId === null) return null;
  const { rows } = await sql<{ artifact_path: string | null; snapshot: StoredManifest | null }>`
    select artifact_path, snapshot from executions where run_id = ${runId}`.execute(db.sql);
  const { artifact_path: artifactPath = null, snapshot = null } = rows[0] ?? {};
  if (artifactPath === null || snapshot === null) return null;
  const sample = await readBaseline(join(storageFolder, artifactPath));
  if (!sample) return null;
  const { takenAt, documents } = readManifest(snapshot);
  return { ref: { run_id: runId, taken_at: takenAt, documents }, sample, artifactPath };
}

async function readCluster(run: Sql, clusterId: string) {
  const { definition, namespace_id: namespaceId } = await run
    .selectFrom("clusters")
    .select(["definition", "namespace_id"])
    .where("cluster_id", "=", clusterId)
    .executeTakeFirstOrThrow();
  return { definition: definition as unknown as ClusterDefinition, namespaceId };
}

async function featureNames(run: Sql, definition: ClusterDefinition): Promise<string[]> {
  if (definition.method.algorithm === "attribute_based") return [];
  const features = await resolveFeatures(run, definition.collectionIds, namedFeatures(definition));
  return features.map(({ name }) => name);
}
