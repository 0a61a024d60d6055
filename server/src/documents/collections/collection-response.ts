import type { CollectionResponse } from "#contract/collections.ts";
import type { Collection } from "./store.ts";

/** What every collection answers where the hosted service has an extractor and a bucket. */
export const VECTORS_EXTRACTOR = {
  feature_extractor_name: "vectors",
  version: "v1",
  feature_extractor_id: "vectors_v1",
} as const;
export const SOURCE_TYPE = "bucket";

export function toCollectionResponse(collection: Collection): CollectionResponse {
  return {
    collection_id: collection.collectionId,
    collection_name: collection.name,
    description: collection.description,
    features: [...collection.features],
    input_schema: { properties: {} },
    output_schema: { properties: {} },
    feature_extractor: VECTORS_EXTRACTOR,
    source: { type: SOURCE_TYPE },
    source_bucket_schemas: null,
    source_lineage: [],
    vector_indexes: [...collection.features],
    payload_indexes: [],
    enabled: collection.enabled,
    metadata: collection.metadata,
    schedule: null,
    trigger_id: null,
    created_at: collection.createdAt.toISOString(),
    updated_at: collection.updatedAt.toISOString(),
    document_count: collection.documentCount,
    schema_version: 1,
    last_schema_sync: null,
    schema_sync_enabled: true,
    taxonomy_applications: null,
    cluster_applications: null,
    alert_applications: null,
    retriever_enrichments: null,
    taxonomy_count: 0,
    retriever_count: 0,
  };
}
