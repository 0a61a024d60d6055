import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

import type { SchemaElement } from "hyparquet";
import { fileWriter, ParquetWriter } from "hyparquet-writer";

import type { RunCluster } from "../run-result.ts";
import { memberRanges } from "./member-ranges.ts";

/** Rows read at once for one page of members; also what one page's price is bound by. */
export const MEMBERS_ROW_GROUP = 10_000;

/** What is known of each member: each document, named by its position in the snapshot, or each once for every feature. */
export interface Members {
  readonly length: number;
  readonly documentIds: { readonly get: (document: number) => string };
  readonly collectionOf: (document: number) => string;
  /** Index of each document's innermost cluster; -1 for noise. [documents] */
  readonly labels: Int32Array;
  /** Distance to the own centre, 0 or more, NaN for noise; null where clusters have none. [documents] */
  readonly distances: Float32Array | null;
  /** Place of each document on the map, row-major [documents, dims]; null without a map. NaN: it has no place. */
  readonly coordinates: { readonly data: Float32Array; readonly cols: number } | null;
  /** By which feature it is a member, if each was clustered by itself. */
  readonly featureOf: (member: number) => string | null;
}

const text = (name: string, optional: boolean): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  repetition_type: optional ? "OPTIONAL" : "REQUIRED",
});

const list = (name: string, element: SchemaElement): SchemaElement[] => [
  { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  element,
];

const MEMBERS: SchemaElement[] = [
  { name: "root", num_children: 6 },
  text("document_id", false),
  text("collection_id", false),
  text("cluster_id", true),
  { name: "distance", type: "FLOAT", repetition_type: "OPTIONAL" },
  ...list("coordinates", { name: "element", type: "FLOAT", repetition_type: "REQUIRED" }),
  text("feature", true),
];

const double = (name: string): SchemaElement => ({ name, type: "DOUBLE", repetition_type: "OPTIONAL" });

const CENTROIDS: SchemaElement[] = [
  { name: "root", num_children: 12 },
  text("cluster_id", false),
  { name: "num_members", type: "INT32", repetition_type: "REQUIRED" },
  text("label", true),
  text("summary", true),
  ...list("keywords", text("element", false)),
  ...list("vector", { name: "element", type: "FLOAT", repetition_type: "REQUIRED" }),
  text("feature", true),
  double("spread"),
  double("label_fit"),
  { name: "label_by_model", type: "BOOLEAN", repetition_type: "OPTIONAL" },
  text("parent_cluster_id", true),
  text("attributes", true),
];

/** What of a cluster only its files say; later runs read it. */
export interface ClusterDetail {
  /** Its centre; null where it has none. */
  readonly vector: Float32Array | null;
  /** Root mean square distance of its members to it. */
  readonly spread: number | null;
  /** How much of the cluster that its label was made for is left, from 0 to 1. */
  readonly labelFit: number;
  /** Whether a language model gave the label, in this run or in one before. */
  readonly labelByModel: boolean;
}

/**
 * Writes `members.parquet` (one row a member, ordered by cluster, in a cluster the nearest to its centre first,
 * noise last) and `centroids.parquet` (one row a cluster, by number) into `folder`, and waits until they are on disk.
 *
 * @param details in the order of `clusters`
 */
export async function writeArtifacts(
  folder: string,
  members: Members,
  clusters: readonly RunCluster[],
  details: readonly ClusterDetail[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const membersFile = join(folder, "members.parquet");
  const centroidsFile = join(folder, "centroids.parquet");
  await writeMembers(membersFile, members, clusters);
  await writeCentroids(centroidsFile, clusters, details);
  for (const path of [membersFile, centroidsFile, folder]) await sync(path);
}

async function writeMembers(file: string, members: Members, clusters: readonly RunCluster[]): Promise<void> {
  const { documentIds, collectionOf, labels, distances, coordinates, featureOf } = members;
  const order = inOrder(members, clusters);
  const ids = clusters.map(({ number }) => clusterId(number));
  const writer = new ParquetWriter({ writer: fileWriter(file), schema: MEMBERS });
  for (let start = 0; start < order.length; start += MEMBERS_ROW_GROUP) {
    const rows = [...order.subarray(start, start + MEMBERS_ROW_GROUP)];
    await writer.write({
      rowGroupSize: MEMBERS_ROW_GROUP,
      columnData: [
        { name: "document_id", data: rows.map((row) => documentIds.get(row)), encoding: "PLAIN" },
        { name: "collection_id", data: rows.map(collectionOf) },
        { name: "cluster_id", data: rows.map((row) => ids[labels[row]!] ?? null) },
        { name: "distance", data: rows.map((row) => measured(distances?.[row])) },
        { name: "coordinates", data: rows.map((row) => placeOf(coordinates, row)) },
        { name: "feature", data: rows.map(featureOf) },
      ],
    });
  }
  await writer.finish();
}

async function writeCentroids(
  file: string,
  clusters: readonly RunCluster[],
  details: readonly ClusterDetail[],
): Promise<void> {
  const byNumber = [...clusters.keys()].sort((a, b) => clusters[a]!.number - clusters[b]!.number);
  const writer = new ParquetWriter({ writer: fileWriter(file), schema: CENTROIDS });
  const rowGroupSize = 1000;
  for (let start = 0; start < clusters.length; start += rowGroupSize) {
    const positions = byNumber.slice(start, start + rowGroupSize);
    const part = positions.map((at) => clusters[at]!);
    const own = positions.map((at) => details[at]!);
    await writer.write({
      rowGroupSize,
      columnData: [
        { name: "cluster_id", data: part.map((cluster) => clusterId(cluster.number)) },
        { name: "num_members", data: part.map((cluster) => cluster.numMembers) },
        { name: "label", data: part.map((cluster) => cluster.label) },
        { name: "summary", data: part.map((cluster) => cluster.summary ?? null) },
        { name: "keywords", data: part.map((cluster) => cluster.keywords) },
        { name: "vector", data: own.map(({ vector }) => vector && [...vector]) },
        { name: "feature", data: part.map((cluster) => cluster.feature) },
        { name: "spread", data: own.map(({ spread }) => spread) },
        { name: "label_fit", data: own.map(({ labelFit }) => labelFit) },
        { name: "label_by_model", data: own.map(({ labelByModel }) => labelByModel) },
        {
          name: "parent_cluster_id",
          data: part.map(({ parentNumber }) => (parentNumber === null ? null : clusterId(parentNumber))),
        },
        {
          name: "attributes",
          data: part.map(({ attributes }) => attributes && JSON.stringify(attributes)),
        },
      ],
    });
  }
  await writer.finish();
}

/** Noise has no distance, as NaN. */
function measured(distance: number | undefined): number | null {
  return distance === undefined || Number.isNaN(distance) ? null : distance;
}

function placeOf(coordinates: Members["coordinates"], row: number): number[] | null {
  if (coordinates === null) return null;
  const { data, cols } = coordinates;
  const place = [...data.subarray(row * cols, (row + 1) * cols)];
  return place.some(Number.isNaN) ? null : place;
}

function clusterId(number: number): string {
  return `cl_${number}`;
}

/**
 * Documents in the order of members.parquet. Each is put into its cluster's stretch as one 64-bit number, the distance
 * before the document: the bits of a float32 that is not negative are ordered as the float is. Such numbers are sorted
 * ten times as fast as documents by a comparison.
 */
function inOrder({ labels, distances }: Members, clusters: readonly RunCluster[]): Uint32Array {
  const ranges = memberRanges(clusters);
  const keys = new BigUint64Array(labels.length);
  const halves = new Uint32Array(keys.buffer);
  const bits = distances && new Uint32Array(distances.buffer, distances.byteOffset, distances.length);
  const next = clusters.map(({ number }) => ranges.get(number)!.start);
  let noise = labels.reduce((count, label) => (label < 0 ? count - 1 : count), labels.length);
  for (let document = 0; document < labels.length; document++) {
    const label = labels[document]!;
    const at = label < 0 ? noise++ : next[label]!++;
    // Little endian, as every machine that Node runs on here: the lower half comes first.
    halves[2 * at] = document;
    halves[2 * at + 1] = bits?.[document] ?? 0;
  }
  // Inside a cluster that contains others, those stay apart.
  const outer = new Set(clusters.map(({ parentNumber }) => parentNumber));
  for (const { number } of clusters) {
    if (outer.has(number)) continue;
    const { start, end } = ranges.get(number)!;
    keys.subarray(start, end).sort();
  }
  return Uint32Array.from(labels, (_, at) => halves[2 * at]!);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
