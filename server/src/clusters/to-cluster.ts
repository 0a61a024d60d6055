import type { ClusterMetadata, ClusterModel } from "#contract/clusters.ts";
import { jobIdOf } from "../runs/job-id.ts";
import { taskStatusOf } from "../runs/tasks/to-task.ts";
import type { ClusterDefinition } from "./definition.ts";
import { enrichmentConfig } from "./enrichment/enrichment-fields.ts";
import { labelingAnswer } from "./labeling.ts";
import type { VectorMethod } from "./methods/index.ts";
import { freshnessOf } from "./freshness/freshness-of.ts";
import { USUAL_COORDINATES } from "./methods/steps.ts";
import { placementOf } from "./placement/placement-of.ts";
import { namedFeatures } from "./several-features.ts";
import type { ClusterRow } from "./store.ts";

/** A cluster as most routes answer it. */
export function toClusterMetadata(row: ClusterRow): ClusterMetadata {
  const { method, several } = row.definition;
  const names = namedFeatures(row.definition);
  const grouping = method.algorithm === "attribute_based" ? method : null;
  return {
    cluster_id: row.cluster_id,
    cluster_name: row.name,
    description: row.description,
    namespace_id: row.namespace_id,
    input_collections: [...row.collection_ids],
    source_bucket_ids: null,
    filters: row.definition.filters ?? null,
    cluster_type: row.cluster_type,
    feature_uris: names && [...names],
    multi_feature_strategy: several?.strategy ?? null,
    feature_weights: several?.weights ? { ...several.weights } : null,
    learned_weights: null,
    learning_quality_score: null,
    effective_feature_method: grouping ? null : (row.definition.centroid ?? "mean"),
    clustered_attributes: grouping && [...grouping.attributes],
    hierarchical_grouping: grouping && grouping.hierarchicalGrouping,
    aggregation_method: null,
    output_collection_ids: [],
    output_collection_names: [],
    algorithm: method.algorithm,
    algorithm_params: method.algorithm === "attribute_based" ? null : { ...method.params },
    sample_size: row.definition.sampleSize ?? null,
    ...stepsOf(row.definition, grouping !== null),
    enrich_source: row.definition.enrichment?.afterRuns ?? false,
    source_enrichment_config: enrichmentConfig(row.definition),
    llm_labeling: labelingAnswer(row.wire_config.llm_labeling),
    num_clusters: row.num_clusters,
    num_documents_clustered: row.num_documents,
    execution_time_seconds: row.execution_time_ms === null ? null : row.execution_time_ms / 1000,
    hierarchy_detected: false,
    parent_cluster_id: null,
    child_cluster_ids: null,
    hierarchy_relationships: null,
    ...shared(row),
    last_execution_task_id: taskIdOf(row),
    last_executed_at: row.last_executed_at?.toISOString() ?? null,
    completed_at: row.completed_at?.toISOString() ?? null,
    llm_labeling_errors: row.labeling_errors && [...row.labeling_errors],
  };
}

/** Ours; null for grouping by attributes. */
function stepsOf(
  definition: ClusterDefinition,
  isGrouping: boolean,
): Pick<ClusterMetadata, "reduce" | "coordinates" | "reassign_noise" | "warm_start"> {
  if (isGrouping) return { reduce: null, coordinates: null, reassign_noise: null, warm_start: null };
  const { reduce = null, coordinates = USUAL_COORDINATES } = definition;
  return {
    reduce: reduce && { ...reduce },
    coordinates: coordinates ? { ...coordinates } : { method: "none" },
    reassign_noise: definition.reassignNoise ?? false,
    warm_start: definition.warmStart ?? false,
  };
}

/** A cluster as PATCH answers it. */
export function toClusterModel(row: ClusterRow): ClusterModel {
  const { method } = row.definition;
  return {
    collection_ids: [...row.collection_ids],
    cluster_name: row.name,
    description: row.description,
    cluster_type: row.cluster_type,
    vector_config: method.algorithm === "attribute_based" ? null : vectorConfig(method, row.definition),
    attribute_config:
      method.algorithm === "attribute_based"
        ? {
            attributes: method.attributes,
            hierarchical_grouping: method.hierarchicalGrouping,
            aggregation_method: null,
          }
        : null,
    filters: row.definition.filters ?? null,
    llm_labeling: labelingAnswer(row.wire_config.llm_labeling),
    enrich_source_collection: row.definition.enrichment?.afterRuns ?? false,
    source_enrichment_config: enrichmentConfig(row.definition),
    cluster_id: row.cluster_id,
    parquet_path: null,
    members_key: null,
    num_clusters: row.num_clusters,
    cluster_stats: row.num_clusters === null ? null : clusterStats(row, row.num_clusters),
    task_id: taskIdOf(row),
    last_run_id: row.last_run_id,
    ...shared(row),
  };
}

function shared(row: ClusterRow) {
  return {
    status: row.last_status === null ? ("PENDING" as const) : taskStatusOf(row.last_status),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    freshness: freshnessOf(row),
    placement: placementOf(row),
    metadata: row.metadata,
  };
}

function taskIdOf(row: ClusterRow): string | null {
  return row.last_run_id === null ? null : jobIdOf(row.last_run_id);
}

/** The contract's whole vector_config, with the defaults of what is not built. */
function vectorConfig(method: VectorMethod, definition: ClusterDefinition): Record<string, unknown> {
  const { featureName, several, normalizeFeatures, sampleSize = null } = definition;
  const names = namedFeatures(definition);
  return {
    feature_uri: featureName,
    feature_uris: names && [...names],
    clustering_method: method.algorithm,
    sample_size: sampleSize,
    kmeans_parameters: null,
    dbscan_parameters: null,
    hdbscan_parameters: null,
    algorithm_params: { ...method.params },
    multi_feature_strategy: several?.strategy ?? "concatenate",
    normalize_features: normalizeFeatures,
    feature_weights: several?.weights ? { ...several.weights } : null,
    weight_learning_config: null,
    output_strategy: "single",
    effective_feature_method: definition.centroid ?? "mean",
    enrich_source: definition.enrichment?.afterRuns ?? false,
    ...stepsOf(definition, false),
  };
}

function clusterStats(row: ClusterRow, numClusters: number): Record<string, unknown> {
  const { silhouette_score: silhouette, noise_share: noise } = row.metrics ?? {};
  return {
    num_clusters: numClusters,
    noise_points: typeof noise === "number" ? Math.round(noise * (row.num_documents ?? 0)) : null,
    silhouette_score: typeof silhouette === "number" ? silhouette : null,
    extra: {},
  };
}
