import type { AttributeConfig, CreateClusterRequest, VectorConfig } from "#contract/clusters.ts";
import { AppError, notSupported, ValidationFailed } from "../platform/app-error.ts";
import { requireBuilt } from "./algorithms.ts";
import { toAttributeMethod } from "./attribute-method.ts";
import type { ClusterDefinition } from "./definition.ts";
import { toFilters } from "./definition-filters.ts";
import { toEnrichment } from "./enrichment/enrichment-fields.ts";
import { toLabels } from "./labeling.ts";
import { checkParams, type VectorAlgorithm } from "./methods/index.ts";
import { refuseSample } from "./sample-size.ts";
import { toVectorDefinition } from "./vector-definition.ts";

type Parsed = Omit<ClusterDefinition, "collectionIds">;

/**
 * What a request to create a cluster asks for, without looking at the database. `algorithm_params` wins over the
 * older `kmeans_parameters`, as a whole. Throws ValidationFailed, `invalid_value` for settings that contradict each
 * other, `not_supported` for what is known but not built.
 */
export function parseCreateRequest(request: CreateClusterRequest): Parsed {
  const parsed = parseGrouping(request);
  const afterRuns =
    request.enrich_source_collection === true || request.vector_config?.enrich_source === true;
  const enrichment = toEnrichment(afterRuns, request.source_enrichment_config, parsed, ["body"]);
  return enrichment ? { ...parsed, enrichment } : parsed;
}

function parseGrouping(request: CreateClusterRequest): Parsed {
  const { vector_config: vector, attribute_config: attribute } = request;
  const shared = {
    filters: toFilters(request.filters, ["body", "filters"]),
    ...toLabels(request.llm_labeling, ["body", "llm_labeling"]),
  };
  if (request.cluster_type === "attribute") {
    if (vector) throw contradiction("cluster_type is 'attribute'", "vector_config");
    return { ...parseAttributes(attribute), ...shared };
  }
  if (!vector) throw missing("vector_config");
  const algorithm = requireBuilt(vector.clustering_method);
  if (algorithm === "attribute_based") {
    refuseSample(vector.sample_size);
    return { ...parseAttributes(attribute), ...shared };
  }
  if (attribute) throw contradiction(`clustering_method is '${algorithm}'`, "attribute_config");
  return { ...parseVector(algorithm, vector), ...shared };
}

const ONE_OUTPUT = "Leave it out: a run has one output, whose clusters say which feature they are of.";

function parseAttributes(config: AttributeConfig | null | undefined): Omit<Parsed, "labelPaths" | "filters"> {
  if (!config) throw missing("attribute_config");
  refuseUnless(
    config.aggregation_method,
    null,
    "aggregation_method",
    "Leave it out: documents with equal values are a group.",
  );
  return {
    method: toAttributeMethod(config.attributes, config.hierarchical_grouping ?? false),
    featureName: null,
    normalizeFeatures: true,
  };
}

/** The parameters under the older names of the contract, by algorithm. */
const OLDER = {
  kmeans_parameters: "kmeans",
  dbscan_parameters: "dbscan",
  hdbscan_parameters: "hdbscan",
} as const satisfies Partial<Record<keyof VectorConfig, VectorAlgorithm>>;

function parseVector(
  algorithm: VectorAlgorithm,
  config: VectorConfig,
): Omit<Parsed, "labelPaths" | "filters"> {
  const at = ["body", "vector_config"];
  const faults = checkParams(algorithm, config.algorithm_params ?? {}, [...at, "algorithm_params"]);
  let older: Record<string, unknown> = {};
  for (const [field, of] of Object.entries(OLDER) as [keyof typeof OLDER, VectorAlgorithm][]) {
    const given = config[field];
    if (!given) continue;
    if (of !== algorithm) throw contradiction(`clustering_method is '${algorithm}'`, field);
    faults.push(...checkParams(algorithm, given, [...at, field]));
    older = given;
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  refuseUnbuilt(config);
  return toVectorDefinition(algorithm, config.algorithm_params ?? older, config, at);
}

function refuseUnbuilt(config: VectorConfig): void {
  const byName = "Name the feature by feature_uri, or several by feature_uris.";
  refuseUnless(config.feature_extractor_name, null, "feature_extractor_name", byName);
  refuseUnless(config.version, null, "version", byName);
  refuseUnless(config.output_name, null, "output_name", byName);
  refuseUnless(config.weight_learning_config, null, "weight_learning_config", "Give the feature_weights.");
  refuseUnless(config.output_strategy, "single", "output_strategy", ONE_OUTPUT);
}

/** A known field with another value than its default, of a part that does not exist yet. */
function refuseUnless(given: unknown, only: unknown, field: string, instead: string): void {
  if (given !== undefined && given !== null && given !== only) throw notSupported(field, instead);
}

function missing(field: string): ValidationFailed {
  return new ValidationFailed([{ loc: ["body", field], msg: "Field required", type: "missing" }]);
}

function contradiction(because: string, field: string): AppError {
  return new AppError("invalid_value", `${because}, and ${field} says otherwise. Send one of them.`, {
    details: { field },
  });
}
