import { WIRE_ALGORITHMS, type WireAlgorithm } from "#contract/clusters.ts";
import { notSupported, ValidationFailed, type Fault } from "../platform/app-error.ts";
import { checkFields, type FieldRule } from "../platform/check-fields.ts";
import { nearestName } from "../platform/nearest-name.ts";
import { requireBuilt, type BuiltAlgorithm } from "./algorithms.ts";
import type { ClusterDefinition } from "./definition.ts";
import { toFilters } from "./definition-filters.ts";
import { checkKmeansParams, kmeansRules, toKmeansDefinition } from "./kmeans-params.ts";
import { toLabelPaths } from "./label-paths.ts";
import { refuseSample, toSampleSize } from "./sample-size.ts";

type Fields = Record<string, unknown>;

const LOC = ["body", "execution_config", "config"] as const;

/** The keys every algorithm takes. */
const commonRules: Record<string, FieldRule> = {
  algorithm: { type: "string" },
  algorithm_params: { type: "object", nullable: true },
  filters: { type: "object", nullable: true },
  sample_size: { type: "integer", nullable: true, minimum: 1 },
  llm_labeling: { type: "object", nullable: true },
};

const ownRules: Record<BuiltAlgorithm, Record<string, FieldRule>> = {
  kmeans: {
    feature_uris: { type: "strings", nullable: true },
    normalize_features: { type: "boolean" },
    reduce: { type: "object", nullable: true },
    ...kmeansRules,
  },
  attribute_based: {
    attributes: { type: "strings" },
    hierarchical_grouping: { type: "boolean" },
  },
};

/**
 * What a trigger's `execution_config.config` asks for, without looking at the database: the algorithm's parameters
 * flat or under `algorithm_params` (which wins), the shared settings beside them. Throws ValidationFailed with every
 * fault of the shape, `not_supported` for what is known but not built.
 */
export function parseExecutionConfig(config: Fields): Omit<ClusterDefinition, "collectionIds"> {
  const algorithm = requireBuilt(readAlgorithm(config.algorithm));
  const rules = { ...ownRules[algorithm], ...commonRules };
  const params = isObject(config.algorithm_params) ? config.algorithm_params : {};
  const faults = [...checkFields(config, rules, LOC), ...checkParams(algorithm, params)];
  const merged = { ...config, ...params };
  if (algorithm === "attribute_based" && merged.attributes === undefined) {
    faults.push({ loc: [...LOC, "attributes"], msg: "Field required", type: "missing" });
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  refuseUnbuilt(config);
  const shared = {
    filters: toFilters(config.filters, [...LOC, "filters"]),
    labelPaths: toLabelPaths(config.llm_labeling as Fields | null | undefined, [...LOC, "llm_labeling"]),
  };
  const sampleSize = config.sample_size as number | null | undefined;
  if (algorithm === "attribute_based") {
    refuseSample(sampleSize);
    const { attributes, hierarchical_grouping: hierarchicalGrouping = false } = merged as {
      attributes: string[];
      hierarchical_grouping?: boolean;
    };
    return {
      method: { algorithm, attributes, hierarchicalGrouping },
      featureName: null,
      normalizeFeatures: true,
      ...shared,
    };
  }
  // In the flat form `algorithm` names k-means itself, not scikit-learn's variant of it.
  const { algorithm: _name, ...flat } = config;
  const method = toKmeansDefinition({ ...flat, ...params });
  return {
    method,
    featureName: onlyFeature(config.feature_uris as string[] | null | undefined),
    normalizeFeatures: (config.normalize_features as boolean | undefined) ?? true,
    sampleSize: toSampleSize(sampleSize, method),
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

function checkParams(algorithm: BuiltAlgorithm, params: Fields): Fault[] {
  const loc = [...LOC, "algorithm_params"];
  return algorithm === "kmeans"
    ? checkKmeansParams(params, loc)
    : checkFields(params, ownRules.attribute_based, loc);
}

function refuseUnbuilt(config: Fields): void {
  if (config.reduce !== undefined && config.reduce !== null) {
    throw notSupported("reduce", "Leave it out: vectors are clustered in their own dimensions.");
  }
}

/** The one feature named, null for the collections' only one; throws `not_supported` for several. */
export function onlyFeature(uris: readonly string[] | null | undefined): string | null {
  if (uris && new Set(uris).size > 1) {
    throw notSupported("More than one of feature_uris", "Name one feature, or make a cluster for each.");
  }
  return uris?.[0] ?? null;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
