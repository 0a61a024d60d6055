import { AppError, notSupported, ValidationFailed, type Fault } from "../platform/app-error.ts";
import { checkFields, type FieldRule } from "../platform/check-fields.ts";

type Loc = readonly (string | number)[];
type Fields = Record<string, unknown>;

/** The contract's LLMLabeling. */
const labelingRules: Record<string, FieldRule> = {
  enabled: { type: "boolean" },
  labeling_inputs: { type: "object", nullable: true },
  provider: { type: "string", nullable: true },
  model_name: { type: "string", nullable: true },
  include_summary: { type: "boolean" },
  include_keywords: { type: "boolean" },
  max_samples_per_cluster: { type: "integer", minimum: 1, maximum: 20 },
  sample_text_max_length: { type: "integer", minimum: 50, maximum: 500 },
  use_embedding_dedup: { type: "boolean" },
  embedding_similarity_threshold: { type: "number", minimum: 0.5, maximum: 1 },
  cache_ttl_seconds: { type: "integer", minimum: 0, maximum: 2_592_000 },
  custom_prompt: { type: "string", nullable: true },
  parameters: { type: "object" },
};

/**
 * The payload paths whose text makes the labels, from `llm_labeling.labeling_inputs`; null when it names none. Labels
 * by a language model are not built: `enabled: true` is refused. While it is off the rest of the object configures
 * nothing and is only kept for the answer.
 */
export function toLabelPaths(labeling: Fields | null | undefined, loc: Loc): readonly string[] | null {
  if (labeling === null || labeling === undefined) return null;
  const { response_shape: _shape, ...checked } = labeling;
  const faults = checkFields(checked, labelingRules, loc);
  const inputs = checked.labeling_inputs as Fields | null | undefined;
  const mappings = inputs?.input_mappings;
  if (faults.length === 0 && inputs && !(Array.isArray(mappings) && mappings.length > 0)) {
    faults.push({
      loc: [...loc, "labeling_inputs", "input_mappings"],
      msg: "Field required",
      type: "missing",
    });
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  if (labeling.enabled === true) {
    throw notSupported(
      "llm_labeling.enabled",
      "Keyword labels are made of the documents' text without it; leave it out, or send false.",
    );
  }
  if (!inputs) return null;
  return (mappings as unknown[]).map((mapping, index) =>
    toPath(mapping, [...loc, "labeling_inputs", "input_mappings", index]),
  );
}

function toPath(mapping: unknown, loc: Loc): string {
  const fault = (name: string, msg: string, type: string): Fault => ({ loc: [...loc, name], msg, type });
  if (typeof mapping !== "object" || mapping === null) {
    throw new ValidationFailed([{ loc, msg: "Input should be a valid object", type: "object_type" }]);
  }
  const { source_type: source = "payload", path, override = null } = mapping as Fields;
  if (source !== null && source !== "payload") {
    throw notSupported(
      `source_type ${JSON.stringify(source)} of a labeling input`,
      "Name a path of the payload.",
    );
  }
  if (override !== null) throw notSupported("override of a labeling input", "Name a path of the payload.");
  if (path === undefined || path === null)
    throw new ValidationFailed([fault("path", "Field required", "missing")]);
  if (typeof path !== "string") {
    throw new ValidationFailed([fault("path", "Input should be a valid string", "string_type")]);
  }
  if (path === "") {
    throw new AppError("invalid_value", "A labeling input names an empty path; name a field of the payload.");
  }
  return path;
}
