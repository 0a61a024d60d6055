/** What a run wants to read. */
export interface SnapshotRequest {
  readonly collectionIds: readonly string[];
  /** The feature whose vectors are wanted; null when the run needs none. Documents without it are left out. */
  readonly featureName: string | null;
  /** Payload paths to carry along, dots between levels. */
  readonly attributes: readonly string[];
  /** Payload paths whose strings make the text of a document; null when no text is wanted. */
  readonly textPaths: readonly string[] | null;
  /** Where the snapshot is written, relative to the storage folder. */
  readonly folder: string;
}

/** A snapshot as it is stored with the execution: enough to read the same documents and vectors again. */
export interface SnapshotManifest {
  readonly folder: string;
  readonly documents: number;
  /** 0 when no feature was asked for. */
  readonly dimensions: number;
  readonly featureName: string | null;
  readonly takenAt: string;
  readonly sources: readonly {
    readonly collectionId: string;
    /** The event log's head when the snapshot was taken. */
    readonly seq: number;
    readonly documents: number;
    /** Pinned version of the collection's vector table; null when all its vectors were still staged, or none wanted. */
    readonly vectors: { readonly table: string; readonly version: number; readonly tag: string } | null;
  }[];
}
