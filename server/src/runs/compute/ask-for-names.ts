import type { SnapshotDocuments } from "../../documents/snapshots/snapshot-reader.ts";
import type {
  ClusterName,
  ClusterToName,
  NameError,
  NameRequest,
  NamesAnswer,
} from "../../labels/name-request.ts";
import type { RunJob } from "../run-result.ts";
import { centresAlike } from "./centres-alike.ts";
import type { Description } from "./describe-clusters.ts";
import type { FeatureGrouping } from "./join-groupings.ts";
import { pickAttributes } from "./pick-attributes.ts";
import { showClusters } from "./show-clusters.ts";

/** Clusters that are named by a model in one run, the largest; a run may have 100,000, and each is a request. */
const MOST_NAMED = 1_000;

export type NameClusters = (request: NameRequest) => Promise<NamesAnswer>;

export interface AskedNames {
  /** In the order of the joined clusters; null where no model gave one. */
  readonly names: readonly (ClusterName | null)[];
  /** null unless a language model was to be asked. */
  readonly errors: readonly NameError[] | null;
}

/**
 * Asks a language model for the names of clusters that keep none, if the definition wants that. Those that keep theirs are sent
 * along, so that no other is called alike; where all keep theirs nothing is asked.
 *
 * @param kept by joined cluster: the label it keeps, null for one that needs a name
 */
export async function askForNames(
  job: RunJob,
  found: {
    readonly documents: SnapshotDocuments;
    readonly groupings: readonly FeatureGrouping[];
    readonly descriptions: readonly Description[];
    readonly kept: readonly (string | null)[];
  },
  nameClusters: NameClusters,
): Promise<AskedNames> {
  const { labeling } = job.definition;
  const { descriptions, kept } = found;
  if (!labeling || kept.every((label) => label !== null)) {
    return { names: descriptions.map(() => null), errors: labeling ? [] : null };
  }
  const { clusters, errors: left } = largest(clustersToName(job, labeling, found));
  const { names, errors } = await nameClusters({ labeling, clusters });
  const byIndex = new Map(clusters.map(({ index }, position) => [index, names[position] ?? null]));
  return {
    names: descriptions.map((_, index) => byIndex.get(index) ?? null),
    errors: [...errors, ...left],
  };
}

function clustersToName(
  job: RunJob,
  labeling: NonNullable<RunJob["definition"]["labeling"]>,
  { documents, groupings, descriptions, kept }: Parameters<typeof askForNames>[1],
): ClusterToName[] {
  const contentOf = contentIn(job, documents);
  let first = 0;
  return groupings.flatMap(({ grouping }) => {
    const own = first;
    first += grouping.clusters.length;
    const keywords = descriptions.slice(own, first).map((description) => description.keywords ?? []);
    const centres = grouping.clusters.map(({ centre }) => centre);
    const shown = showClusters(grouping, { ...labeling, keywords, contentOf });
    const { centresAlike: threshold } = labeling;
    const partners = threshold === null ? null : centresAlike(centres, threshold);
    return shown.map((cluster): ClusterToName => {
      const partner = partners?.[cluster.index] ?? -1;
      const index = own + cluster.index;
      return { ...cluster, index, partner: partner < 0 ? -1 : own + partner, keptLabel: kept[index]! };
    });
  });
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

/** Of those that need a name, and of those that keep theirs. */
function largest(all: readonly ClusterToName[]): { clusters: ClusterToName[]; errors: NameError[] } {
  const bySize = all.toSorted((a, b) => b.documents - a.documents || a.index - b.index);
  const toName = bySize.filter(({ keptLabel }) => keptLabel === null);
  const keeping = bySize.filter(({ keptLabel }) => keptLabel !== null);
  const clusters = [...toName.slice(0, MOST_NAMED), ...keeping.slice(0, MOST_NAMED)];
  const message = `The ${MOST_NAMED} largest of ${toName.length} clusters were to be named by the model; the others keep their keywords as labels.`;
  return {
    clusters: clusters.sort((a, b) => a.index - b.index),
    errors: toName.length <= MOST_NAMED ? [] : [{ index: null, message }],
  };
}
