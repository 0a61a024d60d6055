import { classAttributes } from "#kernels/index.ts";
import type { SnapshotDocuments } from "../../documents/snapshots/snapshot-reader.ts";
import type { RunJob } from "../run-result.ts";
import { attributeKeywords, attributeLabel } from "./attribute-labels.ts";
import { findKeywords, labelFrom } from "./find-keywords.ts";
import type { FeatureGrouping } from "./join-groupings.ts";
import { keywordsNearClusters } from "./keywords-near-clusters.ts";
import { pickAttributes } from "./pick-attributes.ts";

/** What the documents of a cluster say that it is; labels of several clusters may be alike. */
export interface Description {
  readonly label: string | null;
  /** null if the documents were read without texts. */
  readonly keywords: readonly string[] | null;
}

export interface Described {
  /** In the order of the joined clusters. */
  readonly descriptions: readonly Description[];
  readonly notes: readonly string[];
}

/**
 * Label and keywords of every cluster, without a model: by what groups it, by the words of its texts, by the attributes its
 * documents share, by the texts near it.
 */
export async function describeClusters(
  job: RunJob,
  documents: SnapshotDocuments,
  groupings: readonly FeatureGrouping[],
): Promise<Described> {
  const found: Described[] = [];
  for (const one of groupings) found.push(await describeGrouping(job, documents, one));
  return {
    descriptions: found.flatMap(({ descriptions }) => descriptions),
    notes: found.flatMap(({ notes }) => notes),
  };
}

async function describeGrouping(
  job: RunJob,
  documents: SnapshotDocuments,
  one: FeatureGrouping,
): Promise<Described> {
  const { grouping } = one;
  const { clusters, labels } = grouping;
  const { texts } = documents;
  const words = texts && findKeywords(grouping, texts);
  const notes = words?.note ? [words.note] : [];
  const keywords = clusters.map((_, index) => words?.keywords[index] ?? []);
  const own = keywords.map((list) => labelFrom(list));
  const { labelAttributes: paths = [] } = job.manifest;
  if (paths.length > 0 && documents.attributes) {
    const values = pickAttributes(documents.attributes, job.manifest.attributes, paths);
    const { found } = classAttributes(values, labels);
    for (const [index, shares] of found.entries()) {
      if (own[index] !== null || shares.length === 0) continue;
      own[index] = attributeLabel(shares, paths);
      keywords[index] = attributeKeywords(shares, paths);
    }
  }
  const wordless = [...own.keys()].filter((index) => own[index] === null && clusters[index]!.name === null);
  if (wordless.length > 0 && job.definition.method.algorithm !== "attribute_based") {
    const near = await keywordsNearClusters(job, documents, one, wordless);
    const helped = near.filter((list) => list.length > 0).length;
    for (const [at, index] of wordless.entries()) {
      keywords[index] = near[at]!;
      own[index] = labelFrom(near[at]!);
    }
    if (helped > 0) {
      notes.push(
        `${helped} clusters have no text of their own: their keywords are of the texts nearest to their centres.`,
      );
    }
  }
  const descriptions = clusters.map(({ name }, index) => ({
    label: name ?? own[index]!,
    keywords: texts && keywords[index]!,
  }));
  return { descriptions, notes };
}
