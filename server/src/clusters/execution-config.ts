import type { ClusterDefinition } from "./definition.ts";
import { enrichmentConfig } from "./enrichment/enrichment-fields.ts";
import { vectorSettings } from "./vector-definition.ts";

/** A trigger's `execution_config` on the wire. */
export interface ExecutionConfig {
  readonly collection_ids: readonly string[];
  readonly config: Record<string, unknown>;
}

/** What the wire gave beyond the definition, kept with a cluster as `clusters.wire_config`. */
export interface WireConfig {
  /** `execution_config.config` as it was sent, when a trigger made the cluster. */
  readonly config: Record<string, unknown> | null;
  /** `llm_labeling` as it was sent. */
  readonly llm_labeling: Record<string, unknown> | null;
}

/** The columns of a cluster's row that say what it computes, as the database gives them. */
export interface ConfigColumns {
  readonly collection_ids: readonly string[];
  readonly definition: object;
  readonly wire_config: object;
}

/**
 * The `execution_config` every trigger answer carries: as it was sent when a trigger made this cluster, else derived
 * from the definition. Sent back in a request it makes the same definition.
 */
export function executionConfigOf(row: ConfigColumns): ExecutionConfig {
  const wire = row.wire_config as Partial<WireConfig>;
  const config = wire.config ?? derive(row.definition as ClusterDefinition, wire.llm_labeling ?? null);
  return { collection_ids: row.collection_ids, config };
}

function derive(
  definition: ClusterDefinition,
  labeling: Record<string, unknown> | null,
): Record<string, unknown> {
  const { method } = definition;
  const mappings = enrichmentConfig(definition);
  const shared = {
    ...(definition.filters ? { filters: definition.filters } : {}),
    ...(labeling ? { llm_labeling: labeling } : {}),
    ...(definition.enrichment?.afterRuns ? { enrich_source: true } : {}),
    ...(mappings ? { source_enrichment_config: mappings } : {}),
  };
  if (method.algorithm === "attribute_based") {
    return {
      algorithm: method.algorithm,
      attributes: method.attributes,
      hierarchical_grouping: method.hierarchicalGrouping,
      ...shared,
    };
  }
  return {
    algorithm: method.algorithm,
    algorithm_params: { ...method.params },
    ...vectorSettings(definition),
    ...shared,
  };
}
