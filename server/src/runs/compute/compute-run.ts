import { join } from "node:path";

import { JoinedVectors } from "../../documents/snapshots/joined-vectors.ts";
import {
  readSnapshotDocuments,
  type SnapshotDocuments,
  SnapshotVectors,
} from "../../documents/snapshots/snapshot-reader.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import { writeArtifacts } from "../artifacts/write-artifacts.ts";
import { featuresRead } from "../features-read.ts";
import {
  type RunCluster,
  type RunJob,
  type RunMetrics,
  type RunProgress,
  RunRefused,
  type RunResult,
} from "../run-result.ts";
import { clusterVectors } from "./cluster-vectors.ts";
import { findKeywords, labelFrom } from "./find-keywords.ts";
import { groupDocuments } from "./group-documents.ts";
import type { Grouping, StepProgress } from "./grouping.ts";
import type { FeaturePart } from "./normalize.ts";
import { readPrevious } from "./read-previous.ts";

export interface ComputeHandlers {
  readonly onProgress: (progress: RunProgress) => void;
  /** Reserves that many numbers of the cluster's definition and returns the first. */
  readonly allocateNumbers: (count: number) => Promise<number>;
}

/** Where each stage begins on the scale of the whole attempt; those that a run does not have take no time of it. */
const BEGINS = {
  reading: 0.05,
  reducing: 0.12,
  clustering: 0.25,
  measuring: 0.5,
  mapping: 0.58,
  assigning: 0.65,
  describing: 0.85,
  writing: 0.92,
} as const;
const ENDS = {
  reading: 0.12,
  reducing: 0.25,
  clustering: 0.5,
  measuring: 0.58,
  mapping: 0.65,
  assigning: 0.85,
  describing: 0.92,
  writing: 1,
} as const;

/** Computes one attempt of a run and leaves its artifacts on disk. Throws RunRefused or KernelError if it cannot be done. */
export async function computeRun(job: RunJob, handlers: ComputeHandlers): Promise<RunResult> {
  const step = (stage: keyof typeof BEGINS) => (fraction: number) =>
    handlers.onProgress({ stage, fraction: BEGINS[stage] + (ENDS[stage] - BEGINS[stage]) * fraction });
  step("reading")(0);
  const documents = await readSnapshotDocuments(job.storageFolder, job.manifest);
  const grouping = await group(job, documents, step);
  step("describing")(0);
  const described = documents.texts && findKeywords(grouping, documents.texts);
  const first = await handlers.allocateNumbers(grouping.clusters.length);
  const clusters = grouping.clusters.map((cluster, index): RunCluster => {
    const words = described?.keywords[index] ?? [];
    return {
      number: first + index,
      numMembers: cluster.size,
      label: cluster.name ?? labelFrom(words),
      keywords: described && words,
      attributes: cluster.attributes,
      parentNumber: cluster.parent === null ? null : first + cluster.parent,
    };
  });
  step("writing")(0);
  await writeArtifacts(
    join(job.storageFolder, job.artifactPath),
    { ...documents, ...grouping },
    clusters,
    grouping.clusters.map((cluster) => cluster.centre),
  );
  step("writing")(1);
  return { numDocuments: documents.length, clusters, metrics: withNotes(grouping, job, described?.note) };
}

async function group(
  job: RunJob,
  documents: SnapshotDocuments,
  step: (stage: keyof typeof BEGINS) => StepProgress,
): Promise<Grouping> {
  const { method, ...definition } = job.definition;
  if (documents.length === 0) throw noDocuments(job.manifest);
  if (method.algorithm === "attribute_based") {
    if (documents.attributes === null) throw new Error("The snapshot carries no attributes.");
    return groupDocuments(pick(documents.attributes, job.manifest.attributes, method.attributes), method);
  }
  const features = featuresRead(job.manifest, job.definition);
  const weights = job.definition.several?.weights;
  const parts = features.map(({ name, dimensions }): FeaturePart => {
    return { feature: name, cols: dimensions, factor: Math.sqrt(weights?.[name] ?? 1) };
  });
  const vectors = features.map(
    ({ name }) => new SnapshotVectors(job.storageFolder, job.manifest, documents.vectorIds, name),
  );
  const joined = vectors.length === 1 ? vectors[0]! : new JoinedVectors(vectors);
  return clusterVectors(
    {
      vectors: joined,
      parts,
      method,
      definition,
      seed: job.seed,
      previous: await readPrevious(job, joined.dimensions, documents),
      featureName: namesOf(job.manifest),
      filters: job.manifest.filters,
      nameOf: (document) =>
        `document '${documents.documentIds.get(document)}' of collection '${documents.collectionOf(document)}'`,
    },
    {
      reading: step("reading"),
      reducing: step("reducing"),
      clustering: step("clustering"),
      measuring: step("measuring"),
      mapping: step("mapping"),
      assigning: step("assigning"),
    },
  );
}

function noDocuments(manifest: SnapshotManifest): RunRefused {
  const { features, filters } = manifest;
  const which =
    features.length === 0 ? "document" : `document with a vector of the feature '${namesOf(manifest)}'`;
  const message = filters
    ? `No ${which} in the collections matches the cluster's filters ${JSON.stringify(filters)}. Add some, or run a cluster with other filters.`
    : `The collections hold no ${which}. Add some, then run again.`;
  return new RunRefused("too_few_documents", message);
}

/** All of them, also those that the run leaves alone: documents without them are not in the snapshot. */
function namesOf({ features }: SnapshotManifest): string {
  return features.map(({ name }) => name).join("' and '");
}

/** The values at the wanted paths: a snapshot that another run has taken may have more. */
function pick(
  values: readonly (readonly unknown[])[],
  paths: readonly string[],
  wanted: readonly string[],
): readonly (readonly unknown[])[] {
  if (paths.join("\n") === wanted.join("\n")) return values;
  const at = wanted.map((path) => paths.indexOf(path));
  const picked = new Map<readonly unknown[], readonly unknown[]>();
  return values.map((all) => {
    const some = picked.get(all) ?? at.map((position) => all[position]);
    picked.set(all, some);
    return some;
  });
}

/** What is to be known of the labels stands with what is to be known of the figures. */
function withNotes({ metrics }: Grouping, { manifest }: RunJob, note: string | null | undefined): RunMetrics {
  const { textsCut } = manifest;
  const cut =
    textsCut &&
    `${textsCut.texts} texts are longer than the ${textsCut.bytes} bytes whose words are counted.`;
  return { ...metrics, notes: [...metrics.notes, ...[note, cut].filter((text) => typeof text === "string")] };
}
