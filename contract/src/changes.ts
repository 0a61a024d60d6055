import { Type, type Static } from "typebox";

import { Nullable } from "./nullable.ts";

/** What is different between two runs of a cluster: ours. docs/changes.md says how it is found. */
const ClusterId = Type.String({ pattern: "^cl_[0-9]+$" });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Count = Type.Integer({ minimum: 0 });

export const CHANGE_TYPES = [
  "born",
  "returned",
  "split",
  "merged",
  "died",
  "grown",
  "shrunk",
  "moved",
] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

export const ExecutionChangesQuery = Type.Object({
  since: Type.Optional(
    Type.String({ description: "A completed run of the cluster (default: the completed run before)" }),
  ),
});

export const ChangeRelation = Type.Object(
  {
    cluster_id: ClusterId,
    documents: Count,
    share_before: Share,
    share_after: Share,
  },
  { description: "Documents two clusters have in common, and the share of each" },
);
export type ChangeRelation = Static<typeof ChangeRelation>;

const compared = {
  cluster_id: ClusterId,
  label: Nullable(Type.String()),
  feature: Nullable(Type.String()),
  size_before: Count,
  size_after: Count,
  overlap: Type.Integer({ minimum: 0, description: "Documents that both have" }),
  jaccard: Share,
  shift: Nullable(
    Type.Number({ minimum: 0, description: "Distance of the centroids in units of the spread before" }),
  ),
  parents: Type.Array(ChangeRelation),
  children: Type.Array(ChangeRelation),
};

export const ComparedCluster = Type.Object(
  { ...compared, before: Type.Boolean(), after: Type.Boolean(), label_before: Nullable(Type.String()) },
  { $id: "ComparedCluster" },
);
export type ComparedCluster = Static<typeof ComparedCluster>;

export const ClusterChange = Type.Object(
  { type: Type.Enum([...CHANGE_TYPES]), ...compared },
  { $id: "ClusterChange" },
);
export type ClusterChange = Static<typeof ClusterChange>;

export const DocumentMove = Type.Object(
  {
    from: Nullable(ClusterId),
    to: Nullable(ClusterId),
    feature: Nullable(Type.String()),
    documents: Count,
    examples: Type.Array(Type.Object({ document_id: Type.String(), collection_id: Type.String() })),
  },
  { $id: "DocumentMove", description: "Documents that changed cluster; null is noise" },
);
export type DocumentMove = Static<typeof DocumentMove>;

export const MapComparison = Type.Object({
  documents: Type.Integer({
    minimum: 0,
    description: "Documents by which the maps were laid over each other",
  }),
  fit: Nullable(
    Type.Number({
      maximum: 1,
      description: "Share of the older map's variance that the newer one's places explain; 1: the same map",
    }),
  ),
  transform: Nullable(
    Type.Object(
      { matrix: Type.Array(Type.Array(Type.Number())), offset: Type.Array(Type.Number()) },
      { description: "A place of the newer map is at matrix · place + offset of the older one" },
    ),
  ),
  note: Nullable(Type.String()),
});
export type MapComparison = Static<typeof MapComparison>;

const agreement = {
  adjusted_rand_index: Nullable(Type.Number({ maximum: 1 })),
  normalized_mutual_information: Nullable(Share),
};

export const ChangedDocuments = Type.Object({
  before: Count,
  after: Count,
  shared: Count,
  added: Count,
  removed: Count,
  moved: Count,
  moved_share: Nullable(Share),
});

export const ChangeCounts = Type.Object({
  kept: Count,
  born: Count,
  returned: Count,
  split: Count,
  merged: Count,
  died: Count,
  grown: Count,
  shrunk: Count,
  moved: Count,
});
export type ChangeCounts = Static<typeof ChangeCounts>;

export const ExecutionChangesSummary = Type.Object(
  {
    since_run_id: Type.String(),
    sentence: Type.String(),
    counts: ChangeCounts,
    documents: ChangedDocuments,
    ...agreement,
  },
  { $id: "ExecutionChangesSummary", description: "Ours: what changed since the completed run before" },
);
export type ExecutionChangesSummary = Static<typeof ExecutionChangesSummary>;

const Quality = Type.Object({
  silhouette_score: Nullable(Type.Number()),
  davies_bouldin_index: Nullable(Type.Number()),
  calinski_harabasz_score: Nullable(Type.Number()),
});

export const ExecutionChanges = Type.Object(
  {
    cluster_id: Type.String(),
    run_id: Type.String(),
    since_run_id: Type.String(),
    sentence: Type.String(),
    counts: ChangeCounts,
    documents: ChangedDocuments,
    ...agreement,
    noise_share: Type.Object({ before: Share, after: Share }),
    quality: Type.Object({ before: Quality, after: Quality }),
    events: Type.Array(ClusterChange),
    clusters: Type.Array(ComparedCluster),
    moves: Type.Array(DocumentMove),
    map: Nullable(MapComparison),
    features: Type.Array(
      Type.Object({ feature: Type.String(), ...agreement, map: Nullable(MapComparison) }),
      { description: "independent: agreement and map of each feature; those of the whole are null" },
    ),
    notes: Type.Array(Type.String()),
  },
  { $id: "ExecutionChanges" },
);
export type ExecutionChanges = Static<typeof ExecutionChanges>;
