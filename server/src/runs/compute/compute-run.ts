import { join } from "node:path";

import { readSnapshotDocuments, type SnapshotDocuments } from "../../documents/snapshots/snapshot-reader.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import { type Members, writeArtifacts } from "../artifacts/write-artifacts.ts";
import { summaryOf, writeChanges } from "../changes/changes-file.ts";
import { leaveBaseline } from "../drift/leave-baseline.ts";
import {
  type RunCluster,
  type RunJob,
  type RunMetrics,
  type RunProgress,
  RunRefused,
  type RunResult,
} from "../run-result.ts";
import { type NumberedRule, writeRules } from "../rules/rule-file.ts";
import type { NameClusters } from "./ask-for-names.ts";
import { clusterFeatures, namesOf } from "./cluster-features.ts";
import { describeClusters } from "./describe-clusters.ts";
import { groupDocuments } from "./group-documents.ts";
import type { Grouping, StepProgress } from "./grouping.ts";
import { type FeatureGrouping, joinGroupings } from "./join-groupings.ts";
import { labelingErrors } from "./labeling-errors.ts";
import { nameClusters } from "./name-clusters.ts";
import { pickAttributes } from "./pick-attributes.ts";

export interface ComputeHandlers {
  readonly onProgress: (progress: RunProgress) => void;
  /** Reserves that many numbers of the cluster's definition and returns the first. */
  readonly allocateNumbers: (count: number) => Promise<number>;
  /** Asks a language model for names; called once at most, if the definition asks for it. */
  readonly nameClusters: NameClusters;
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

/** Features that are clustered one after the other share the time of the stages that each goes through. */
function ofTurn(overall: number, at: number, of: number): number {
  const span = ENDS.assigning - BEGINS.reading;
  return BEGINS.reading + (at * span + (overall - BEGINS.reading)) / of;
}

/** Computes one attempt of a run and leaves its artifacts on disk. Throws RunRefused or KernelError if it cannot be done. */
export async function computeRun(job: RunJob, handlers: ComputeHandlers): Promise<RunResult> {
  const step =
    (stage: keyof typeof BEGINS, at = 0, of = 1) =>
    (fraction: number) => {
      const overall = BEGINS[stage] + (ENDS[stage] - BEGINS[stage]) * fraction;
      handlers.onProgress({ stage, fraction: of === 1 ? overall : ofTurn(overall, at, of) });
    };
  step("reading")(0);
  const documents = await readSnapshotDocuments(job.storageFolder, job.manifest);
  const groupings = await group(job, documents, step);
  step("describing")(0);
  const described = await describeClusters(job, documents, groupings);
  const features = groupings.flatMap(({ feature, grouping }) => grouping.clusters.map(() => feature));
  const grouping = joinGroupings(groupings);
  const { descriptions, notes } = described;
  const named = await nameClusters(job, { documents, groupings, grouping, features, descriptions }, handlers);
  step("writing")(0);
  const folder = join(job.storageFolder, job.artifactPath);
  if (named.changes) await writeChanges(folder, named.changes);
  const members = membersOf(documents, groupings, grouping);
  await writeArtifacts(folder, members, named.clusters, named.details);
  await leaveBaseline(job, documents);
  const tooLarge = job.leaveRules === true ? await leaveRules(folder, groupings, named.clusters) : null;
  step("writing")(1);
  return {
    numDocuments: documents.length,
    clusters: named.clusters,
    metrics: withNotes(grouping, job, [...notes, ...named.notes, ...(tooLarge === null ? [] : [tooLarge])]),
    labelingErrors: named.errors && labelingErrors(named.errors, named.clusters),
    changes: named.changes && summaryOf(named.changes),
  };
}

/** What places documents that come later. Returns why there is nothing, in words. */
async function leaveRules(
  folder: string,
  groupings: readonly FeatureGrouping[],
  clusters: readonly RunCluster[],
): Promise<string | null> {
  const rules: NumberedRule[] = [];
  let first = 0;
  for (const { feature, grouping } of groupings) {
    const own = clusters.slice(first, (first += grouping.clusters.length));
    if (!grouping.rule) continue;
    rules.push({ feature, rule: grouping.rule, numbers: own.map(({ number }) => number) });
  }
  return rules.length === 0 ? null : writeRules(folder, rules);
}

/** Each document once for each of the groupings. */
function membersOf(
  { length, documentIds, collectionOf }: SnapshotDocuments,
  groupings: readonly FeatureGrouping[],
  grouping: Grouping,
): Members {
  return {
    ...grouping,
    length: grouping.labels.length,
    documentIds: { get: (member) => documentIds.get(member % length) },
    collectionOf: (member) => collectionOf(member % length),
    featureOf: (member) => groupings[Math.floor(member / length)]!.feature,
  };
}

async function group(
  job: RunJob,
  documents: SnapshotDocuments,
  step: (stage: keyof typeof BEGINS, at?: number, of?: number) => StepProgress,
): Promise<FeatureGrouping[]> {
  const { method } = job.definition;
  if (documents.length === 0) throw noDocuments(job.manifest);
  if (method.algorithm === "attribute_based") {
    if (documents.attributes === null) throw new Error("The snapshot carries no attributes.");
    const values = pickAttributes(documents.attributes, job.manifest.attributes, method.attributes);
    return [{ feature: null, grouping: groupDocuments(values, method) }];
  }
  return clusterFeatures({ job, method, documents }, (at, of) => ({
    reading: step("reading", at, of),
    reducing: step("reducing", at, of),
    clustering: step("clustering", at, of),
    measuring: step("measuring", at, of),
    mapping: step("mapping", at, of),
    assigning: step("assigning", at, of),
  }));
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

/** Nobody sees otherwise that the run is of fewer documents than there are. */
function leftOut({ documents, lackingVectors = 0, features }: SnapshotManifest): string[] {
  if (lackingVectors === 0) return [];
  const names = features.map(({ name }) => `'${name}'`).join(" or none of ");
  const of = documents + lackingVectors;
  return [`${lackingVectors} of ${of} documents have no vector of ${names} and were left out.`];
}

/** What is to be known of the documents and labels stands with what is to be known of the figures. */
function withNotes({ metrics }: Grouping, { manifest }: RunJob, notes: readonly string[]): RunMetrics {
  const { textsCut } = manifest;
  const cut =
    textsCut &&
    `${textsCut.texts} texts are longer than the ${textsCut.bytes} bytes whose words are counted.`;
  const more = new Set([...notes, cut]);
  return {
    ...metrics,
    notes: [...metrics.notes, ...leftOut(manifest), ...[...more].filter((text) => typeof text === "string")],
  };
}
