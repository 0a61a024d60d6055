import type { ExecutionChanges } from "#contract/changes.ts";
import type { SnapshotDocuments } from "../../documents/snapshots/snapshot-reader.ts";
import type { ClusterDetail } from "../artifacts/write-artifacts.ts";
import { compareSides } from "../changes/compare-sides.ts";
import { DocumentRows } from "../changes/document-rows.ts";
import { EarlierRuns } from "../changes/earlier-runs.ts";
import { findKnown, type KnownCluster } from "../changes/find-known.ts";
import { keepsName } from "../changes/keep-label.ts";
import { keepsPlace, type RunSide } from "../changes/run-side.ts";
import { spreadsOf } from "../changes/spreads.ts";
import type { RunCluster, RunJob, RunMetrics } from "../run-result.ts";
import { type AskedNames, askForNames, type NameClusters } from "./ask-for-names.ts";
import type { Description } from "./describe-clusters.ts";
import type { Grouping } from "./grouping.ts";
import type { FeatureGrouping } from "./join-groupings.ts";
import { settleLabels } from "./settle-labels.ts";

export interface FoundClusters {
  readonly documents: SnapshotDocuments;
  readonly groupings: readonly FeatureGrouping[];
  /** All of them as one. */
  readonly grouping: Grouping;
  /** Of each cluster of `grouping`. */
  readonly features: readonly (string | null)[];
  readonly descriptions: readonly Description[];
}

export interface NamedClusters {
  readonly clusters: readonly RunCluster[];
  readonly details: readonly ClusterDetail[];
  /** Since the run before; null when there is none whose files are there. */
  readonly changes: ExecutionChanges | null;
  readonly notes: readonly string[];
  /** Why a language model that was to be asked has not named them all. */
  readonly errors: AskedNames["errors"];
}

/**
 * Gives clusters the numbers and labels of those of the runs before that they continue, new ones to the others, and says
 * what changed since the run before. Who a cluster is comes first: a language model is asked for those only that keep no label.
 */
export async function nameClusters(
  job: RunJob,
  found: FoundClusters,
  handlers: {
    /** Reserves that many numbers of the cluster's definition and returns the first. */
    readonly allocateNumbers: (count: number) => Promise<number>;
    readonly nameClusters: NameClusters;
  },
): Promise<NamedClusters> {
  const { documents, grouping } = found;
  let index: DocumentRows | undefined;
  const rows = () => ({
    length: documents.length,
    rowOf: (collectionId: string, documentId: string) =>
      (index ??= new DocumentRows(documents)).rowOf(collectionId, documentId),
  });
  const earlier = new EarlierRuns(job, rows);
  const unnamed = unnamedClusters(found);
  const parts = partsOf(found);
  const known = await findKnown(unnamed, parts, earlier.sides);
  const kept = keptNames(job, grouping, known);
  const { names, errors } = await askForNames(job, { ...found, kept }, handlers.nameClusters);
  const numbers = await number(known, handlers.allocateNumbers);
  const named = grouping.clusters.map(({ size, name }, at) => ({ size, name, feature: found.features[at]! }));
  const labels = settleLabels(named, { ...found, known, names }, job.definition.labeling);
  const clusters = grouping.clusters.map((cluster, at): RunCluster => {
    return {
      number: numbers[at]!,
      numMembers: cluster.size,
      label: labels[at]!.label,
      summary: labels[at]!.summary,
      keywords: labels[at]!.keywords,
      attributes: cluster.attributes,
      parentNumber: cluster.parent === null ? null : numbers[cluster.parent]!,
      feature: found.features[at]!,
    };
  });
  const side: RunSide = {
    clusters: clusters.map((cluster, at) => ({
      ...unnamed[at]!,
      label: labels[at]!.label,
      labelFit: labels[at]!.labelFit,
      byModel: labels[at]!.byModel,
      number: cluster.number,
      parent: cluster.parentNumber,
    })),
    parts,
    documents: documents.length,
    noise: grouping.labels.reduce((count, label) => (label < 0 ? count + 1 : count), 0),
  };
  return {
    clusters,
    details: unnamed.map(({ spread }, at) => ({
      vector: grouping.clusters[at]!.centre,
      spread,
      labelFit: labels[at]!.labelFit,
      labelByModel: labels[at]!.byModel !== null,
    })),
    changes: await changesSince(job, earlier, { side, documents, known, metrics: grouping.metrics }),
    notes: earlier.notes,
    errors,
  };
}

/** What a person has called a cluster, or a model in a run before if that is still right; null for one that needs a name. */
function keptNames(
  { givenLabels = [] }: RunJob,
  { clusters }: Grouping,
  known: readonly (KnownCluster | undefined)[],
): (string | null)[] {
  const given = new Map(givenLabels.map(({ number, label }) => [number, label]));
  return clusters.map(({ size }, at) => {
    const one = known[at];
    return (one && given.get(one.before.number)) ?? (keepsName(one, size) ? one.before.label : null);
  });
}

async function changesSince(
  job: RunJob,
  earlier: EarlierRuns,
  now: {
    readonly side: RunSide;
    readonly documents: SnapshotDocuments;
    readonly known: readonly (KnownCluster | undefined)[];
    readonly metrics: RunMetrics;
  },
): Promise<ExecutionChanges | null> {
  const before = await earlier.newest();
  if (!before) return null;
  const back = new Set(now.known.flatMap((one) => (one && one.identity.run! > 0 ? [one.before.number] : [])));
  return compareSides({
    clusterId: job.clusterId,
    before: { runId: before.run.runId, metrics: before.run.metrics, side: before.side },
    after: { runId: job.runId, metrics: now.metrics, side: now.side },
    names: now.documents,
    returned: (number) => back.has(number),
  });
}

/** Kept numbers, and new ones for the others in their order. */
async function number(
  known: readonly (KnownCluster | undefined)[],
  allocateNumbers: (count: number) => Promise<number>,
): Promise<number[]> {
  const born = known.filter((one) => one === undefined).length;
  let next = born === 0 ? 0 : await allocateNumbers(born);
  return known.map((one) => one?.before.number ?? next++);
}

function unnamedClusters({ grouping, features }: FoundClusters) {
  const spreads = spreadsOf(grouping.labels, grouping.distances, grouping.clusters.length);
  return grouping.clusters.map(({ size, attributes, centre }, at) => ({
    ...{ size, attributes, centre },
    feature: features[at]!,
    spread: centre && spreads[at]!,
  }));
}

/** Each feature's labels lie behind those of the feature before. */
function partsOf({ documents, groupings, grouping }: FoundClusters) {
  const { length } = documents;
  const keeps = keepsPlace(length);
  return groupings.map(({ feature, grouping: { coordinates } }, at) => {
    const places = new Map<number, readonly number[]>();
    for (let document = 0; coordinates && document < length; document++) {
      if (!keeps(document)) continue;
      const place = [
        ...coordinates.data.subarray(document * coordinates.cols, (document + 1) * coordinates.cols),
      ];
      if (!place.some(Number.isNaN)) places.set(document, place);
    }
    return { feature, labels: grouping.labels.subarray(at * length, (at + 1) * length), places };
  });
}
