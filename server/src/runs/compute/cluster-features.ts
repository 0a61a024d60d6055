import type { Feature } from "#contract/collections.ts";
import type { VectorMethod } from "../../clusters/methods/index.ts";
import { JoinedVectors } from "../../documents/snapshots/joined-vectors.ts";
import {
  type SnapshotDocuments,
  SnapshotVectors,
  type VectorSource,
} from "../../documents/snapshots/snapshot-reader.ts";
import { featuresRead } from "../features-read.ts";
import type { RunJob } from "../run-result.ts";
import { type ClusteringSteps, clusterVectors } from "./cluster-vectors.ts";
import type { Grouping } from "./grouping.ts";
import type { FeatureGrouping } from "./join-groupings.ts";
import type { FeaturePart } from "../rules/normalize.ts";
import { readPrevious } from "./read-previous.ts";

interface Clustering {
  readonly job: RunJob;
  readonly method: VectorMethod;
  readonly documents: SnapshotDocuments;
}

/**
 * Clusters by the features that the run reads: as one, or each by itself, one after the other. `stepsOf` makes the
 * progress of the clustering `at` of so many. Throws RunRefused or KernelError.
 */
export async function clusterFeatures(
  clustering: Clustering,
  stepsOf: (at: number, of: number) => ClusteringSteps,
): Promise<FeatureGrouping[]> {
  const { definition, manifest } = clustering.job;
  const features = featuresRead(manifest, definition);
  if (definition.several?.strategy !== "independent") {
    return [{ feature: null, grouping: await clusterBy(clustering, features, null, stepsOf(0, 1)) }];
  }
  const groupings: FeatureGrouping[] = [];
  for (const [at, feature] of features.entries()) {
    const steps = stepsOf(at, features.length);
    groupings.push({
      feature: feature.name,
      grouping: await clusterBy(clustering, [feature], feature.name, steps),
    });
  }
  return groupings;
}

/** @param own the feature's name if others are clustered beside it */
async function clusterBy(
  { job, method, documents }: Clustering,
  features: readonly Feature[],
  own: string | null,
  steps: ClusteringSteps,
): Promise<Grouping> {
  const { manifest, seed } = job;
  const { method: _method, featureName: _one, several: _several, ...definition } = job.definition;
  const { vectors, parts } = vectorsOf(job, documents, features);
  const previous = await readPrevious(job, { feature: own, dimensions: vectors.dimensions }, documents);
  return clusterVectors(
    {
      ...{ vectors, parts, method, definition, seed, previous },
      featureName: namesOf(manifest),
      filters: manifest.filters,
      nameOf: (document) =>
        `document '${documents.documentIds.get(document)}' of collection '${documents.collectionOf(document)}'`,
    },
    steps,
  );
}

/** The vectors of the features beside each other, and how each becomes what is clustered. */
export function vectorsOf(
  { storageFolder, manifest, definition }: RunJob,
  { vectorIds }: Pick<SnapshotDocuments, "vectorIds">,
  features: readonly Feature[],
): { readonly vectors: VectorSource; readonly parts: readonly FeaturePart[] } {
  const weights = definition.several?.weights;
  const parts = features.map(({ name, dimensions }): FeaturePart => {
    return { feature: name, cols: dimensions, factor: Math.sqrt(weights?.[name] ?? 1) };
  });
  const each = features.map(({ name }) => new SnapshotVectors(storageFolder, manifest, vectorIds, name));
  return { vectors: each.length === 1 ? each[0]! : new JoinedVectors(each), parts };
}

/** All of them, also those that the run leaves alone: documents without them are not in the snapshot. */
export function namesOf({ features }: Pick<RunJob["manifest"], "features">): string {
  return features.map(({ name }) => name).join("' and '");
}
