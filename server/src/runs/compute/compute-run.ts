import { join } from "node:path";

import { readSnapshotDocuments, readSnapshotVectors } from "../../documents/snapshot-reader.ts";
import { writeArtifacts } from "../artifacts/write-artifacts.ts";
import { type RunCluster, type RunJob, type RunProgress, RunRefused, type RunResult } from "../run-result.ts";
import { clusterVectors } from "./cluster-vectors.ts";
import { findKeywords, labelFrom } from "./find-keywords.ts";
import { groupDocuments } from "./group-documents.ts";
import type { Grouping } from "./grouping.ts";

export interface ComputeHandlers {
  readonly onProgress: (progress: RunProgress) => void;
  /** Reserves that many numbers of the cluster's definition and returns the first. */
  readonly allocateNumbers: (count: number) => Promise<number>;
}

type Documents = Awaited<ReturnType<typeof readSnapshotDocuments>>;

/** Where each stage begins on the scale of the whole attempt. */
const BEGINS = { reading: 0.05, clustering: 0.2, measuring: 0.7, describing: 0.85, writing: 0.92 } as const;
const ENDS = { reading: 0.2, clustering: 0.7, measuring: 0.85, describing: 0.92, writing: 1 } as const;

/** Computes one attempt of a run and leaves its artifacts on disk. Throws RunRefused or KernelError if it cannot be done. */
export async function computeRun(job: RunJob, handlers: ComputeHandlers): Promise<RunResult> {
  const step = (stage: keyof typeof BEGINS) => (fraction: number) =>
    handlers.onProgress({ stage, fraction: BEGINS[stage] + (ENDS[stage] - BEGINS[stage]) * fraction });
  step("reading")(0);
  const documents = await readSnapshotDocuments(job.storageFolder, job.manifest);
  const grouping = await group(job, documents, step);
  step("describing")(0);
  const keywords = documents.texts && findKeywords(grouping, documents.texts);
  const first = await handlers.allocateNumbers(grouping.clusters.length);
  const clusters = grouping.clusters.map((cluster, index): RunCluster => {
    const words = keywords?.[index] ?? [];
    return {
      number: first + index,
      numMembers: cluster.size,
      label: cluster.name ?? labelFrom(words),
      keywords: keywords === null ? null : words,
      attributes: cluster.attributes,
      parentNumber: cluster.parent === null ? null : first + cluster.parent,
    };
  });
  step("writing")(0);
  await writeArtifacts(
    join(job.storageFolder, job.artifactPath),
    {
      ...documents,
      numbers: Array.from(grouping.labels, (label) => (label < 0 ? -1 : first + label)),
      distances: grouping.distances,
    },
    clusters,
    grouping.clusters.map((cluster) => cluster.centre),
  );
  step("writing")(1);
  return { numDocuments: documents.documentIds.length, clusters, metrics: grouping.metrics };
}

async function group(
  job: RunJob,
  documents: Documents,
  step: (stage: keyof typeof BEGINS) => (fraction: number) => void,
): Promise<Grouping> {
  const { method, normalizeFeatures } = job.definition;
  if (method.algorithm === "attribute_based") {
    if (documents.attributes === null) throw new Error("The snapshot carries no attributes.");
    return groupDocuments(documents.attributes, method);
  }
  if (job.manifest.documents === 0) {
    throw new RunRefused(
      "too_few_documents",
      `The collections hold no document with a vector of the feature '${job.manifest.featureName}'. Add some, then run again.`,
    );
  }
  const vectors = await readSnapshotVectors(job.storageFolder, job.manifest, (done, total) =>
    step("reading")(done / total),
  );
  return clusterVectors(
    {
      vectors,
      params: method.params,
      normalize: normalizeFeatures,
      seed: job.seed,
      featureName: job.manifest.featureName,
      nameOf: (row) =>
        `document '${documents.documentIds[row]}' of collection '${documents.collectionIds[row]}'`,
    },
    step("clustering"),
    step("measuring"),
  );
}
