import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

import type { SchemaElement } from "hyparquet";
import { fileWriter, ParquetWriter } from "hyparquet-writer";

import type { RunCluster } from "../run-result.ts";
import { memberRanges } from "./member-ranges.ts";

/** Rows read at once for one page of members; also what one page's price is bound by. */
export const MEMBERS_ROW_GROUP = 10_000;

export interface Members {
  readonly documentIds: readonly string[];
  readonly collectionIds: readonly string[];
  /** Number of each document's innermost cluster; -1 for noise. [documents] */
  readonly numbers: ArrayLike<number>;
  /** Distance to the own centre, null where clusters have none. [documents] */
  readonly distances: Float32Array | null;
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
  { name: "root", num_children: 4 },
  text("document_id", false),
  text("collection_id", false),
  text("cluster_id", true),
  { name: "distance", type: "FLOAT", repetition_type: "OPTIONAL" },
];

const CENTROIDS: SchemaElement[] = [
  { name: "root", num_children: 5 },
  text("cluster_id", false),
  { name: "num_members", type: "INT32", repetition_type: "REQUIRED" },
  text("label", true),
  ...list("keywords", text("element", false)),
  ...list("vector", { name: "element", type: "FLOAT", repetition_type: "REQUIRED" }),
];

/**
 * Writes `members.parquet` (one row a document, ordered by cluster, in a cluster the nearest to its centre first,
 * noise last) and `centroids.parquet` (one row a cluster, by number) into `folder`, and waits until they are on disk.
 *
 * @param vectors the centre of each cluster, in the order of `clusters`; null where it has none
 */
export async function writeArtifacts(
  folder: string,
  members: Members,
  clusters: readonly RunCluster[],
  vectors: readonly (Float32Array | null)[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const membersFile = join(folder, "members.parquet");
  const centroidsFile = join(folder, "centroids.parquet");
  await writeMembers(membersFile, members, clusters);
  await writeCentroids(centroidsFile, clusters, vectors);
  for (const path of [membersFile, centroidsFile, folder]) await sync(path);
}

async function writeMembers(file: string, members: Members, clusters: readonly RunCluster[]): Promise<void> {
  const order = inOrder(members, clusters);
  const writer = new ParquetWriter({ writer: fileWriter(file), schema: MEMBERS });
  for (let start = 0; start < order.length; start += MEMBERS_ROW_GROUP) {
    const rows = [...order.subarray(start, start + MEMBERS_ROW_GROUP)];
    const { distances } = members;
    await writer.write({
      rowGroupSize: MEMBERS_ROW_GROUP,
      columnData: [
        { name: "document_id", data: rows.map((row) => members.documentIds[row]!) },
        { name: "collection_id", data: rows.map((row) => members.collectionIds[row]!) },
        { name: "cluster_id", data: rows.map((row) => clusterId(members.numbers[row]!)) },
        { name: "distance", data: rows.map((row) => (distances === null ? null : distances[row]!)) },
      ],
    });
  }
  await writer.finish();
}

async function writeCentroids(
  file: string,
  clusters: readonly RunCluster[],
  vectors: readonly (Float32Array | null)[],
): Promise<void> {
  const writer = new ParquetWriter({ writer: fileWriter(file), schema: CENTROIDS });
  const rowGroupSize = 1000;
  for (let start = 0; start < clusters.length; start += rowGroupSize) {
    const part = clusters.slice(start, start + rowGroupSize);
    await writer.write({
      rowGroupSize,
      columnData: [
        { name: "cluster_id", data: part.map((cluster) => clusterId(cluster.number)!) },
        { name: "num_members", data: part.map((cluster) => cluster.numMembers) },
        { name: "label", data: part.map((cluster) => cluster.label) },
        { name: "keywords", data: part.map((cluster) => cluster.keywords) },
        {
          name: "vector",
          data: vectors.slice(start, start + rowGroupSize).map((vector) => vector && [...vector]),
        },
      ],
    });
  }
  await writer.finish();
}

function clusterId(number: number): string | null {
  return number < 0 ? null : `cl_${number}`;
}

/** Rows of the snapshot in the order of members.parquet. */
function inOrder(members: Members, clusters: readonly RunCluster[]): Uint32Array {
  const ranges = memberRanges(clusters);
  const startOf = (number: number): number => ranges.get(number)?.start ?? Infinity;
  const { numbers, distances } = members;
  const order = Uint32Array.from(members.documentIds, (_, row) => row);
  return order.sort((a, b) => {
    const [numberA, numberB] = [numbers[a]!, numbers[b]!];
    if (numberA !== numberB) return startOf(numberA) - startOf(numberB);
    return (distances === null ? 0 : distances[a]! - distances[b]!) || a - b;
  });
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
