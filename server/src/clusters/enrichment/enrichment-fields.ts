import { ENRICHMENT_FIELDS, type EnrichmentField } from "#contract/enrichment.ts";
import { RESERVED_FIELDS } from "../../documents/incoming-document.ts";
import { AppError, ValidationFailed, type Fault } from "../../platform/app-error.ts";
import { checkFields } from "../../platform/check-fields.ts";
import type { ClusterDefinition } from "../definition.ts";

type Loc = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

/** What is written under which name, as the wire has it. */
export interface FieldMapping {
  readonly source_field: EnrichmentField;
  /** At the top level of the payload. */
  readonly target_field: string;
}

/** What a definition says about enrichment. */
export interface EnrichmentStep {
  /** Whether every run that completes is written into the documents it read. */
  readonly afterRuns: boolean;
  /** Null: the usual ones. */
  readonly fields: readonly FieldMapping[] | null;
}

export const USUAL_FIELDS: readonly FieldMapping[] = [
  { source_field: "cluster_id", target_field: "cluster_id" },
  { source_field: "label", target_field: "cluster_label" },
  { source_field: "distance", target_field: "cluster_distance" },
  { source_field: "run_id", target_field: "cluster_run_id" },
];

const MOST_FIELDS = 20;
const LONGEST_NAME = 255;

/**
 * Reads `enrich_source` (or `enrich_source_collection`) and `source_enrichment_config`; undefined if neither says anything. Throws
 * ValidationFailed for wrong shapes, `invalid_value` for names that cannot be written.
 *
 * @param definition it must not group by what is written: the next run would see it
 * @param loc the place of the settings in the request
 */
export function toEnrichment(
  afterRuns: boolean,
  config: Fields | null | undefined,
  { method, several }: Pick<ClusterDefinition, "method" | "several">,
  loc: Loc,
): EnrichmentStep | undefined {
  const fields = config ? readMappings(config, [...loc, "source_enrichment_config"]) : null;
  if (!afterRuns && fields === null) return undefined;
  if (several?.strategy === "independent") {
    throw invalid(
      "With the strategy independent a document is in one cluster for each feature, which cannot be written into one field.",
    );
  }
  const groupedBy = method.algorithm === "attribute_based" ? method.attributes : [];
  const grouped = new Set(groupedBy.map((path) => path.split(".")[0]!));
  for (const { target_field: name } of fields ?? USUAL_FIELDS) {
    if (grouped.has(name)) throw invalid(`The cluster groups by '${name}', so it cannot be written there.`);
  }
  return { afterRuns, fields };
}

/** The `source_enrichment_config` that makes the same again. */
export function enrichmentConfig({ enrichment }: Pick<ClusterDefinition, "enrichment">) {
  return enrichment?.fields ? { field_mappings: enrichment.fields.map((mapping) => ({ ...mapping })) } : null;
}

function readMappings(config: Fields, loc: Loc): FieldMapping[] | null {
  refuse(checkFields(config, { field_mappings: { type: "list" } }, loc));
  const given = config.field_mappings as unknown[] | undefined;
  if (given === undefined || given.length === 0) return null;
  const at = [...loc, "field_mappings"];
  if (given.length > MOST_FIELDS) {
    refuse([{ loc: at, msg: `List should have at most ${MOST_FIELDS} items`, type: "too_long" }]);
  }
  const mappings = given.map((mapping, index) => readMapping(mapping, [...at, index]));
  const names = mappings.map(({ target_field: name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`target_field '${twice}' stands twice. Name each field once.`);
  return mappings;
}

function readMapping(mapping: unknown, loc: Loc): FieldMapping {
  if (typeof mapping !== "object" || mapping === null || Array.isArray(mapping)) {
    throw new ValidationFailed([{ loc, msg: "Input should be a valid object", type: "object_type" }]);
  }
  const rules = { source_field: { type: "string" }, target_field: { type: "string" } } as const;
  const faults = checkFields(mapping as Fields, rules, loc);
  for (const name of Object.keys(rules)) {
    if (!Object.hasOwn(mapping, name))
      faults.push({ loc: [...loc, name], msg: "Field required", type: "missing" });
  }
  refuse(faults);
  const { source_field: source, target_field: target } = mapping as {
    source_field: string;
    target_field: string;
  };
  if (!ENRICHMENT_FIELDS.includes(source as EnrichmentField)) {
    throw invalid(`source_field is '${source}'; it is one of ${ENRICHMENT_FIELDS.join(", ")}.`);
  }
  if (
    target === "" ||
    target.length > LONGEST_NAME ||
    /[.\u0000-\u001f\u007f]/.test(target) ||
    !target.isWellFormed()
  ) {
    throw invalid(
      `target_field '${target.slice(0, 100)}' is no name of a field at the top of the payload: 1 to ${LONGEST_NAME} characters, no dots, no control characters.`,
    );
  }
  if (RESERVED_FIELDS.includes(target) || target === "__proto__") {
    throw invalid(`target_field '${target}' is a name that answers use themselves; choose another.`);
  }
  return { source_field: source as EnrichmentField, target_field: target };
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new ValidationFailed([...faults]);
}

function invalid(message: string): AppError {
  return new AppError("invalid_value", message, { details: { field: "source_enrichment_config" } });
}
