import { WIRE_ALGORITHMS, type WireAlgorithm } from "#contract/clusters.ts";
import { ValidationFailed, type Fault } from "../platform/app-error.ts";
import { checkFields, type FieldRule } from "../platform/check-fields.ts";
import { nearestName } from "../platform/nearest-name.ts";
import { requireBuilt, type BuiltAlgorithm } from "./algorithms.ts";
import { toAttributeMethod } from "./attribute-method.ts";
import type { ClusterDefinition } from "./definition.ts";
import { toFilters } from "./definition-filters.ts";
import { toEnrichment } from "./enrichment/enrichment-fields.ts";
import { toLabels } from "./labeling.ts";
import { checkParams, rulesOf } from "./methods/index.ts";
import { refuseSample } from "./sample-size.ts";
import { toVectorDefinition } from "./vector-definition.ts";

type Fields = Record<string, unknown>;

const LOC = ["body", "execution_config", "config"] as const;

/** The keys every algorithm takes. */
const commonRules: Record<string, FieldRule> = {
  algorithm: { type: "string" },
  algorithm_params: { type: "object", nullable: true },
  filters: { type: "object", nullable: true },
  sample_size: { type: "integer", nullable: true, minimum: 1 },
  llm_labeling: { type: "object", nullable: true },
  enrich_source: { type: "boolean" },
  source_enrichment_config: { type: "object", nullable: true },
};

/** Those of every method that clusters vectors. */
const vectorRules: Record<string, FieldRule> = {
  feature_uris: { type: "strings", nullable: true },
  multi_feature_strategy: { type: "string" },
  feature_weights: { type: "object", nullable: true },
  normalize_features: { type: "boolean" },
  effective_feature_method: { type: "string" },
  reduce: { type: "object", nullable: true },
  coordinates: { type: "object", nullable: true },
  reassign_noise: { type: "boolean" },
  warm_start: { type: "boolean" },
};

const attributeRules: Record<string, FieldRule> = {
  attributes: { type: "strings" },
  hierarchical_grouping: { type: "boolean" },
};

/**
 * What a trigger's `execution_config.config` asks for, without looking at the database: the algorithm's parameters
 * flat or under `algorithm_params` (which wins), the shared settings beside them. Throws ValidationFailed with every
 * fault of the shape, `not_supported` for what is known but not built.
 */
export function parseExecutionConfig(config: Fields): Omit<ClusterDefinition, "collectionIds"> {
  const parsed = parseGrouping(config);
  const { enrich_source: afterRuns, source_enrichment_config: mappings } = config;
  const enrichment = toEnrichment(afterRuns === true, mappings as Fields | null | undefined, parsed, LOC);
  return enrichment ? { ...parsed, enrichment } : parsed;
}

function parseGrouping(config: Fields): Omit<ClusterDefinition, "collectionIds"> {
  const algorithm = requireBuilt(readAlgorithm(config.algorithm));
  const params = isObject(config.algorithm_params) ? config.algorithm_params : {};
  const faults = faultsOf(algorithm, config, params);
  const merged = { ...config, ...params };
  if (algorithm === "attribute_based" && merged.attributes === undefined) {
    faults.push({ loc: [...LOC, "attributes"], msg: "Field required", type: "missing" });
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  const shared = {
    filters: toFilters(config.filters, [...LOC, "filters"]),
    ...toLabels(config.llm_labeling as Fields | null | undefined, [...LOC, "llm_labeling"]),
  };
  if (algorithm === "attribute_based") {
    refuseSample(config.sample_size as number | null | undefined);
    const { attributes, hierarchical_grouping: hierarchicalGrouping = false } = merged as {
      attributes: string[];
      hierarchical_grouping?: boolean;
    };
    return {
      method: toAttributeMethod(attributes, hierarchicalGrouping),
      featureName: null,
      normalizeFeatures: true,
      ...shared,
    };
  }
  // In the flat form `algorithm` names the method itself, not scikit-learn's variant of it.
  const { algorithm: _name, ...flat } = config;
  return {
    ...toVectorDefinition(algorithm, { ...flat, ...params }, config, LOC),
    ...shared,
  };
}

function readAlgorithm(given: unknown): WireAlgorithm {
  const loc = [...LOC, "algorithm"];
  const names: readonly string[] = WIRE_ALGORITHMS;
  if (given === undefined) throw new ValidationFailed([{ loc, msg: "Field required", type: "missing" }]);
  if (typeof given !== "string") {
    throw new ValidationFailed([{ loc, msg: "Input should be a valid string", type: "string_type" }]);
  }
  if (!names.includes(given)) {
    const nearest = nearestName(given, names);
    const hint = nearest ? `did you mean '${nearest}'?` : `known are: ${names.join(", ")}`;
    throw new ValidationFailed([{ loc, msg: `Unknown algorithm '${given}'; ${hint}`, type: "enum" }]);
  }
  return given as WireAlgorithm;
}

function faultsOf(algorithm: BuiltAlgorithm, config: Fields, params: Fields): Fault[] {
  const loc = [...LOC, "algorithm_params"];
  if (algorithm === "attribute_based") {
    return [
      ...checkFields(config, { ...attributeRules, ...commonRules }, LOC),
      ...checkFields(params, attributeRules, loc),
    ];
  }
  return [
    ...checkFields(config, { ...vectorRules, ...rulesOf(algorithm), ...commonRules }, LOC),
    ...checkParams(algorithm, params, loc),
  ];
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
