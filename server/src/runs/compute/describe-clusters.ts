import { classAttributes, tellApart } from "#kernels/index.ts";
import type { SnapshotDocuments } from "../../documents/snapshots/snapshot-reader.ts";
import type {
  ClusterName,
  ClusterToName,
  NameError,
  NameRequest,
  NamesAnswer,
} from "../../labels/name-request.ts";
import type { RunJob } from "../run-result.ts";
import { attributeKeywords, attributeLabel } from "./attribute-labels.ts";
import { centresAlike } from "./centres-alike.ts";
import { findKeywords, labelFrom } from "./find-keywords.ts";
import type { FeatureGrouping } from "./join-groupings.ts";
import { keywordsNearClusters } from "./keywords-near-clusters.ts";
import { pickAttributes } from "./pick-attributes.ts";
import { showClusters } from "./show-clusters.ts";

/** What a cluster is called and why. */
export interface Description {
  readonly label: string | null;
  readonly summary: string | null;
  /** null if the documents were read without texts. */
  readonly keywords: readonly string[] | null;
}

export interface Described {
  /** In the order of the joined clusters. */
  readonly descriptions: readonly Description[];
  readonly notes: readonly string[];
  /** null unless a language model was asked for. */
  readonly errors: readonly NameError[] | null;
}

/** Clusters that are named by a model in one run, the largest; a run may have 100,000, and each is a request. */
const MOST_NAMED = 1_000;

export type NameClusters = (request: NameRequest) => Promise<NamesAnswer>;

/**
 * Label, summary and keywords of every cluster: by what groups it, by the words of its texts, by the attributes its
 * documents share, by the texts near it; then, if the definition asks for it, by a language model. Labels that are alike
 * are told apart.
 */
export async function describeClusters(
  job: RunJob,
  documents: SnapshotDocuments,
  groupings: readonly FeatureGrouping[],
  nameClusters: NameClusters,
): Promise<Described> {
  const found: Found[] = [];
  for (const one of groupings) found.push(await describeGrouping(job, documents, one));
  const notes = found.flatMap((one) => one.notes);
  const { labeling } = job.definition;
  if (!labeling) {
    return { descriptions: found.flatMap((one) => one.descriptions), notes, errors: null };
  }
  const firsts = startsOf(found);
  const toName = groupings.flatMap(({ grouping }, at) => {
    const contentOf = contentIn(job, documents);
    const keywords = found[at]!.descriptions.map((description) => description.keywords ?? []);
    const centres = grouping.clusters.map(({ centre }) => centre);
    const shown = showClusters(grouping, { ...labeling, keywords, contentOf });
    const { centresAlike: threshold } = labeling;
    const partners = threshold === null ? null : centresAlike(centres, threshold);
    return shown.map((cluster): ClusterToName => {
      const partner = partners?.[cluster.index] ?? -1;
      return {
        ...cluster,
        index: firsts[at]! + cluster.index,
        partner: partner < 0 ? -1 : firsts[at]! + partner,
      };
    });
  });
  const { clusters, errors: left } = largest(toName);
  const { names, errors } = await nameClusters({ labeling, clusters });
  const byIndex = new Map(clusters.map(({ index }, position) => [index, names[position] ?? null]));
  const descriptions = found.flatMap(({ descriptions: own }, at) =>
    named(own, (index) => byIndex.get(firsts[at]! + index) ?? null, labeling),
  );
  return { descriptions, notes, errors: [...errors, ...left] };
}

interface Found {
  readonly descriptions: readonly Description[];
  readonly notes: readonly string[];
}

async function describeGrouping(
  job: RunJob,
  documents: SnapshotDocuments,
  one: FeatureGrouping,
): Promise<Found> {
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
  const told = tellApart(own, keywords, { near: false });
  const descriptions = clusters.map(({ name }, index) => ({
    label: name ?? told[index]!,
    summary: null,
    keywords: texts && keywords[index]!,
  }));
  return { descriptions, notes };
}

/** The text of a document or, without one, the attributes that labels may be made of. */
function contentIn({ manifest }: RunJob, { texts, attributes }: SnapshotDocuments) {
  const { labelAttributes: paths = [] } = manifest;
  const values = attributes && pickAttributes(attributes, manifest.attributes, paths);
  return (document: number): string | null => {
    const text = texts?.get(document).trim() ?? "";
    if (text !== "") return text;
    const there = paths.flatMap((path, at) => {
      const value = values?.[document]?.[at] ?? null;
      return value === null ? [] : [`${path}: ${typeof value === "string" ? value : JSON.stringify(value)}`];
    });
    return there.length > 0 ? there.join("\n") : null;
  };
}

function named(
  descriptions: readonly Description[],
  nameOf: (index: number) => ClusterName | null,
  labeling: { readonly includeKeywords: boolean },
): Description[] {
  const names = descriptions.map((_, index) => nameOf(index));
  const labels = descriptions.map(({ label }, index) => names[index]?.label ?? label);
  const hints = descriptions.map(({ keywords }, index) => [
    ...(keywords ?? []),
    ...(names[index]?.keywords ?? []),
  ]);
  const told = tellApart(labels, hints);
  return descriptions.map((description, index) => {
    const name = names[index];
    return {
      label: told[index]!,
      summary: name?.summary ?? description.summary,
      keywords: (labeling.includeKeywords ? name?.keywords : null) ?? description.keywords,
    };
  });
}

function largest(all: readonly ClusterToName[]): { clusters: ClusterToName[]; errors: NameError[] } {
  if (all.length <= MOST_NAMED) return { clusters: [...all], errors: [] };
  const bySize = all.toSorted((a, b) => b.documents - a.documents || a.index - b.index);
  const message = `The ${MOST_NAMED} largest of ${all.length} clusters were to be named by the model; the others keep their keywords as labels.`;
  return {
    clusters: bySize.slice(0, MOST_NAMED).sort((a, b) => a.index - b.index),
    errors: [{ index: null, message }],
  };
}

function startsOf(found: readonly Found[]): number[] {
  let next = 0;
  return found.map(({ descriptions }) => {
    const first = next;
    next += descriptions.length;
    return first;
  });
}
