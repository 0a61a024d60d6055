import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

/** Labels that people give to the clusters of a definition: ours. */
export const PatchClusterLabelsRequest = Type.Object(
  {
    labels: Type.Record(
      Type.String({ pattern: "^cl_[0-9]+$" }),
      Nullable(Type.String({ minLength: 1, maxLength: 200 })),
      {
        description: "By cluster; null gives a label back to the runs",
        minProperties: 1,
        additionalProperties: false,
        maxProperties: 1000,
      },
    ),
  },
  { $id: "PatchClusterLabelsRequest", additionalProperties: false },
);
export type PatchClusterLabelsRequest = Static<typeof PatchClusterLabelsRequest>;

export const GivenLabel = Type.Object(
  {
    cluster_id: Type.String({ pattern: "^cl_[0-9]+$" }),
    label: Type.String(),
    locked_at: Instant,
    locked_by: Type.String(),
  },
  { $id: "GivenLabel" },
);

export const ClusterLabelsResponse = Type.Object(
  { cluster_id: Type.String(), labels: Type.Array(GivenLabel) },
  { $id: "ClusterLabelsResponse" },
);
export type ClusterLabelsResponse = Static<typeof ClusterLabelsResponse>;
