import type { PinnedTable, SnapshotManifest } from "./snapshot.ts";

/** A manifest as an execution's row has it: as it is made now, or as it was when a snapshot had one feature at most. */
export type StoredManifest = SnapshotManifest | ManifestOfOneFeature;

type Source = SnapshotManifest["sources"][number];

export interface ManifestOfOneFeature extends Omit<SnapshotManifest, "features" | "sources"> {
  /** null without vectors; `dimensions` is 0 then. */
  readonly featureName: string | null;
  readonly dimensions: number;
  readonly sources: readonly (Omit<Source, "vectors"> & { readonly vectors: PinnedTable | null })[];
}

/** The manifest to work with. Rows stay as they were written, so whoever takes one out of the database reads it so. */
export function readManifest(stored: StoredManifest): SnapshotManifest {
  if ("features" in stored) return stored;
  const { featureName: name, dimensions, sources, ...rest } = stored;
  return {
    ...rest,
    features: name === null ? [] : [{ name, dimensions }],
    sources: sources.map(({ vectors, ...source }) => ({
      ...source,
      vectors: name === null ? [] : [vectors],
    })),
  };
}
