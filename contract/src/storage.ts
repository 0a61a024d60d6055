import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

/** The vectors of one feature of a collection. Ours; sizes in bytes. */
export const FeatureStorage = Type.Object({
  name: Type.String(),
  dimensions: Type.Integer(),
  /** Vectors in the vector store, with those that no document refers to any more. */
  stored_vectors: Type.Integer(),
  /** Vectors that wait as rows for the next flush. */
  staged_vectors: Type.Integer(),
  /** Stored vectors less documents: at least so many will be removed. */
  garbage_vectors: Type.Integer(),
  fragments: Type.Integer(),
  small_fragments: Type.Integer(),
  versions: Type.Integer(),
  /** Versions that snapshots hold. */
  pinned_versions: Type.Integer(),
  /** All files of the feature, older versions included. */
  bytes_on_disk: Type.Integer(),
});
export type FeatureStorage = Static<typeof FeatureStorage>;

export const CollectionStorage = Type.Object({
  collection_id: Type.String(),
  collection_name: Type.String(),
  documents: Type.Integer(),
  /** Payloads as JSON text and four for each number of the vectors that count. */
  data_bytes: Type.Integer(),
  features: Type.Array(FeatureStorage),
});
export type CollectionStorage = Static<typeof CollectionStorage>;

export const StorageResponse = Type.Object({
  /** Largest first. */
  collections: Type.Array(CollectionStorage),
  total_collections: Type.Integer(),
  pending: Type.Object({
    staged_vectors: Type.Integer(),
    oldest_staged_at: Nullable(Instant),
    /** Large writes between their first vector and their commit. */
    open_writes: Type.Integer(),
    garbage_vectors: Type.Integer(),
  }),
  totals: Type.Object({
    documents: Type.Integer(),
    data_bytes: Type.Integer(),
    bytes_on_disk: Type.Integer(),
  }),
});
export type StorageResponse = Static<typeof StorageResponse>;
