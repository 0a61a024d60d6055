import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";

/** What of a document's cluster can be written into its payload. */
export const ENRICHMENT_FIELDS = ["cluster_id", "label", "distance", "keywords", "run_id"] as const;
export type EnrichmentField = (typeof ENRICHMENT_FIELDS)[number];

export const ApplyClusterEnrichmentRequest = Type.Object({
  clustering_ids: Type.Array(
    Type.String({
      minLength: 1,
      description: "Clusters by id or name (their newest completed run), or runs",
    }),
    { minItems: 1, maxItems: 20 },
  ),
  source_collection_id: Type.String({
    minLength: 1,
    description: "Whose documents' clusters are written; id or name",
  }),
  target_collection_id: Type.Optional(
    Nullable(
      Type.String({
        minLength: 1,
        description: "Where they are written, to the documents of the same ids; the source without it",
      }),
    ),
  ),
  batch_size: Type.Optional(Type.Integer({ minimum: 1, default: 1000 })),
  parallelism: Type.Optional(
    Type.Integer({
      minimum: 1,
      default: 1,
      description: "Changes nothing: writes of a collection take turns",
    }),
  ),
});
export type ApplyClusterEnrichmentRequest = Static<typeof ApplyClusterEnrichmentRequest>;

const Count = Type.Integer({ minimum: 0 });

export const ClusteringEnrichmentResponse = Type.Object({
  processed: Count,
  enriched: Count,
  failed: Count,
  batches: Count,
});
export type ClusteringEnrichmentResponse = Static<typeof ClusteringEnrichmentResponse>;

/** Ours: one run's clusters on their way into one collection. */
export const Enrichment = Type.Object(
  {
    enrichment_id: Type.String(),
    run_id: Type.String(),
    source_collection_id: Type.String(),
    target_collection_id: Type.String(),
    field_mappings: Type.Array(
      Type.Object({ source_field: Type.Enum([...ENRICHMENT_FIELDS]), target_field: Type.String() }),
    ),
    status: Type.Enum(["running", "completed", "failed", "superseded"]),
    requested_by: Nullable(Type.String({ description: "null: the cluster's definition asks for it" })),
    processed: Count,
    enriched: Count,
    failed: Count,
    requested_at: Instant,
    ended_at: Nullable(Instant),
    error: Nullable(Type.String()),
    error_code: Nullable(Type.String()),
  },
  { $id: "Enrichment" },
);
export type Enrichment = Static<typeof Enrichment>;

export const ListEnrichmentsResponse = Type.Object({ enrichments: Type.Array(Enrichment) });
export type ListEnrichmentsResponse = Static<typeof ListEnrichmentsResponse>;
