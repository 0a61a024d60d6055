import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

const Count = Type.Integer({ minimum: 0 });

/**
 * How far the placing of new documents is: `waiting_for_run` (no completed run yet), `placing` (documents or a run
 * came that were not looked at yet), `current`, `unavailable` (the last run has left nothing to place by: `message`).
 */
export const placementStates = ["waiting_for_run", "placing", "current", "unavailable"] as const;
export type PlacementState = (typeof placementStates)[number];

/** Documents that came after a cluster's last completed run and got a cluster by its rules. Ours. */
export const ClusterPlacement = Type.Object(
  {
    state: Type.Enum([...placementStates]),
    message: Nullable(Type.String()),
    /** The run by whose rules they were placed. */
    run_id: Nullable(Type.String()),
    /** Documents that got a cluster, and that belong to none; of several features clustered by themselves each counts. */
    placed: Count,
    unplaced: Count,
    /** `unplaced / (placed + unplaced)`; null when nothing has come. */
    unplaced_share: Nullable(Type.Number()),
    /** What the run with this id made of those that were predicted before it; null before that happened. */
    settled: Nullable(
      Type.Object({
        run_id: Type.String(),
        documents: Count,
        as_predicted: Count,
      }),
    ),
  },
  { $id: "ClusterPlacement" },
);
export type ClusterPlacement = Static<typeof ClusterPlacement>;

export const ListPlacementsQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Type.Optional(Type.String({ minLength: 1 })),
  document_id: Type.Optional(Type.String({ minLength: 1, description: "Only the document with this id" })),
  unplaced: Type.Optional(
    Type.Boolean({ default: false, description: "Only documents that belong to no cluster" }),
  ),
});
export type ListPlacementsQuery = Static<typeof ListPlacementsQuery>;

/** A document's predicted cluster. */
export const Placement = Type.Object(
  {
    document_id: Type.String(),
    collection_id: Type.String(),
    /** `cl_<n>` of the run; null if the document belongs to none. */
    cluster_id: Nullable(Type.String()),
    label: Nullable(Type.String()),
    /** To the cluster's centroid, as in the run's members. */
    distance: Nullable(Type.Number()),
    /** By which of several features, if each was clustered by itself. */
    feature: Nullable(Type.String()),
    predicted: Type.Literal(true),
    placed_at: Instant,
  },
  { $id: "Placement" },
);
export type Placement = Static<typeof Placement>;

export const ListPlacementsResponse = Type.Object({
  cluster_id: Type.String(),
  placement: ClusterPlacement,
  placements: Type.Array(Placement),
  next_cursor: Nullable(Type.String()),
});
export type ListPlacementsResponse = Static<typeof ListPlacementsResponse>;
