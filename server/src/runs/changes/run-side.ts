import { ABSENT } from "#kernels/index.ts";
import { chunkOf, PackedStrings, type StringChunk } from "../../documents/snapshots/packed-strings.ts";
import { memberColumns } from "../artifacts/member-columns.ts";
import { readCentroids } from "../artifacts/read-artifacts.ts";
import { type DocumentNames, DocumentRows } from "./document-rows.ts";

/** What belongs to a label that a language model gave, and stays with it. */
export interface LabelCompanions {
  readonly summary: string | null;
  readonly keywords: readonly string[] | null;
}

/** A cluster of a run, as its files have it. */
export interface SideCluster {
  /** The <n> of `cl_<n>`. */
  readonly number: number;
  readonly size: number;
  readonly label: string | null;
  /** How much of the cluster that its label was made for is left, from 0 to 1: what was kept from run to run, multiplied. */
  readonly labelFit: number;
  /** What a language model gave along with the label; null if the label is none of a model's. */
  readonly byModel: LabelCompanions | null;
  readonly feature: string | null;
  /** Number of the group that contains it. */
  readonly parent: number | null;
  readonly attributes: Readonly<Record<string, unknown>> | null;
  readonly centre: ArrayLike<number> | null;
  /** Root mean square distance of its members to its centre. */
  readonly spread: number | null;
}

/** What one feature (or all together: null) made of the documents. */
export interface SidePart {
  readonly feature: string | null;
  /** Position in `clusters` of each document's innermost cluster, -1 for noise, -2 if the run did not have it. [documents] */
  readonly labels: Int32Array;
  /** Places of some of the documents on the run's map, by document. */
  readonly places: ReadonlyMap<number, readonly number[]>;
}

/** A run to be compared with another, by the documents of one of the two. */
export interface RunSide {
  readonly clusters: readonly SideCluster[];
  /** In the order of their features. */
  readonly parts: readonly SidePart[];
  /** All documents of the run, also those that are none of the other's. */
  readonly documents: number;
  /** Members in no cluster, of all parts. */
  readonly noise: number;
}

/** So many pairs of places fix a map's turn to more digits than the places have. */
const MOST_PLACES = 50_000;

/** Whether a document's place is kept, so that at most MOST_PLACES are, evenly over all. */
export function keepsPlace(documents: number): (document: number) => boolean {
  const step = Math.max(1, Math.ceil(documents / MOST_PLACES));
  return (document) => document % step === 0;
}

/** The clusters of a run whose artifacts are in `folder`, without its members. Throws ENOENT if they are gone. */
export async function readSideClusters(folder: string): Promise<SideCluster[]> {
  return (await readCentroids(folder)).map((row) => ({
    number: numberOf(row.cluster_id),
    size: row.num_members,
    label: row.label,
    labelFit: row.label_fit ?? 1,
    byModel: row.label_by_model ? { summary: row.summary, keywords: row.keywords } : null,
    feature: row.feature,
    parent: row.parent_cluster_id === null ? null : numberOf(row.parent_cluster_id),
    attributes: row.attributes,
    centre: row.vector,
    spread: row.spread,
  }));
}

/**
 * Reads what a run made of documents that another one knows, a row group at a time. Throws ENOENT if its files are gone.
 *
 * @param wanted.places whether places on the map are read, too
 */
export async function readRunSide(
  folder: string,
  rows: { readonly length: number; readonly rowOf: DocumentRows["rowOf"] },
  wanted: { readonly places: boolean },
): Promise<RunSide> {
  const clusters = await readSideClusters(folder);
  const keeps = keepsPlace(rows.length);
  const parts = new Map<string | null, { labels: Int32Array; places: Map<number, readonly number[]> }>();
  const at = new Map(clusters.map(({ number }, index) => [`cl_${number}`, index]));
  let members = 0;
  let noise = 0;
  for await (const group of memberColumns(folder, { coordinates: wanted.places })) {
    for (let i = 0; i < group.documentIds.length; i++) {
      const feature = group.features[i]!;
      let part = parts.get(feature);
      if (!part) {
        part = { labels: new Int32Array(rows.length).fill(ABSENT), places: new Map() };
        parts.set(feature, part);
      }
      const clusterId = group.clusterIds[i];
      const label = clusterId == null ? -1 : at.get(clusterId)!;
      members += 1;
      if (label < 0) noise += 1;
      const row = rows.rowOf(group.collectionIds[i]!, group.documentIds[i]!);
      if (row < 0) continue;
      part.labels[row] = label;
      const place = group.coordinates?.[i];
      if (place && keeps(row)) part.places.set(row, place);
    }
  }
  return {
    clusters,
    parts: Array.from(parts, ([feature, part]) => ({ feature, ...part })),
    documents: members / Math.max(1, parts.size),
    noise,
  };
}

/** The documents of a run by its files alone, in the order in which they first come there. */
export async function readDocumentNames(folder: string): Promise<DocumentNames> {
  const chunks: StringChunk[] = [];
  const collections: string[] = [];
  const positions = new Map<string, number>();
  const collectionAt: Uint32Array[] = [];
  let feature: string | null | undefined;
  for await (const { documentIds, collectionIds, features } of memberColumns(folder, {
    coordinates: false,
  })) {
    // Each document comes once for each feature; one of them is enough.
    feature ??= features[0] ?? null;
    const ids = documentIds.filter((_, i) => features[i] === feature);
    chunks.push(
      chunkOf(
        ids.join(""),
        ids.map((id) => Buffer.byteLength(id)),
      ),
    );
    const own = collectionIds.filter((_, i) => features[i] === feature);
    collectionAt.push(
      Uint32Array.from(own, (id) => {
        const known = positions.get(id);
        if (known !== undefined) return known;
        positions.set(id, collections.length);
        return collections.push(id) - 1;
      }),
    );
  }
  const packed = new PackedStrings(chunks);
  const all = new Uint32Array(packed.length);
  let next = 0;
  for (const part of collectionAt) {
    all.set(part, next);
    next += part.length;
  }
  return {
    length: packed.length,
    documentIds: packed,
    collectionOf: (document) => collections[all[document]!]!,
  };
}

function numberOf(clusterId: string): number {
  return Number(clusterId.slice("cl_".length));
}
