import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Int32, Int64, Table, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";

import { vectorTable } from "../../server/src/documents/arrow-vectors.ts";
import { readInlineVectors, readRowsFile } from "../../server/src/documents/snapshots/snapshot-files.ts";
import type { SnapshotManifest } from "../../server/src/documents/snapshots/snapshot.ts";
import type { ManifestOfOneFeature } from "../../server/src/documents/snapshots/stored-manifest.ts";

/** The snapshot of one feature or none as it was stored before there could be several: its manifest, and its files in their place. */
export async function makeOld(
  storageFolder: string,
  manifest: SnapshotManifest,
): Promise<ManifestOfOneFeature> {
  const { features, sources, lackingVectors: _notCounted, ...rest } = manifest;
  const [feature] = features;
  const folder = join(storageFolder, manifest.folder);
  await writeOldFiles(folder, feature?.dimensions ?? 1, features.length);
  return {
    ...rest,
    featureName: feature?.name ?? null,
    dimensions: feature?.dimensions ?? 0,
    sources: sources.map(({ vectors, lastOrdinal: _notKept, ...source }) => ({
      ...source,
      vectors: vectors[0] ?? null,
    })),
  };
}

async function writeOldFiles(folder: string, dimensions: number, features: number): Promise<void> {
  const { documentIds, sources, vectorIds } = await readRowsFile(folder, features);
  const staged = features > 0 ? await readInlineVectors(folder, 0) : undefined;
  const ids = (staged?.getChild("vector_id")?.toArray() ?? []) as Iterable<bigint>;
  const numbers = staged ? Array.from(staged, (row) => [...(row!.vector as Iterable<number>)]).flat() : [];
  for (const name of await readdir(folder)) {
    if (/^(rows|vectors)/.test(name)) await rm(join(folder, name));
  }
  const rows = new Table({
    document_id: vectorFromArray([...documentIds], new Utf8()),
    source: vectorFromArray([...sources], new Int32()),
    vector_id: vectorFromArray([...(vectorIds[0] ?? Array.from(documentIds, () => 0n))], new Int64()),
  });
  await writeFile(join(folder, "rows.arrow"), tableToIPC(rows, "file"));
  const vectors = vectorTable(dimensions, BigInt64Array.from(ids), Float32Array.from(numbers));
  await writeFile(join(folder, "vectors.arrow"), tableToIPC(vectors, "file"));
}
