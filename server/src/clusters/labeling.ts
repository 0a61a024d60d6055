import { notSupported, ValidationFailed, type Fault } from "../platform/app-error.ts";
import { LABEL_PROVIDERS, type LabelProvider } from "../platform/config.ts";
import { checkFields, type FieldRule } from "../platform/check-fields.ts";
import { toLabelInputs } from "./label-paths.ts";

type Loc = readonly (string | number)[];
type Fields = Record<string, unknown>;

/** How a language model names the clusters of a run: `llm_labeling` of an enabled definition, in our own words. */
export interface Labeling {
  /** Which model; null: the server's own choice. */
  readonly model: { readonly provider: LabelProvider; readonly name: string | null } | null;
  readonly includeSummary: boolean;
  readonly includeKeywords: boolean;
  /** Documents of a cluster that are shown to the model, and characters of each. */
  readonly samples: number;
  readonly sampleLength: number;
  /** Cosine of two clusters' centres from which on they are named in view of each other; null: only if their labels are alike. */
  readonly centresAlike: number | null;
  /** How long an answer is used again for the same content; 0: never. */
  readonly cacheSeconds: number;
  /** What the definition's owner asks of a label. */
  readonly prompt: string | null;
  /** What the model is told of every cluster alike. */
  readonly context: Readonly<Record<string, string>>;
  readonly parameters: LabelingParameters;
}

/** Of the model's answer; what is absent is left to the provider. */
export interface LabelingParameters {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly maxOutputTokens?: number;
  readonly seed?: number;
}

/** The contract's LLMLabeling. */
const rules: Record<string, FieldRule> = {
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

/** Its defaults, as answers show them. */
const DEFAULTS = {
  enabled: false,
  labeling_inputs: null,
  provider: null,
  model_name: null,
  include_summary: true,
  include_keywords: true,
  max_samples_per_cluster: 10,
  sample_text_max_length: 200,
  use_embedding_dedup: false,
  embedding_similarity_threshold: 0.8,
  cache_ttl_seconds: 604_800,
  custom_prompt: null,
  response_shape: null,
  parameters: {},
};

/** `max_tokens` and `max_output_tokens` are two providers' names of one bound. A label takes some tens of tokens, thinking more. */
const parameterRules: Record<string, FieldRule> = {
  temperature: { type: "number", minimum: 0, maximum: 2 },
  top_p: { type: "number", above: 0, maximum: 1 },
  top_k: { type: "integer", minimum: 1, maximum: 1_000 },
  max_tokens: { type: "integer", minimum: 64, maximum: 16_384 },
  max_output_tokens: { type: "integer", minimum: 64, maximum: 16_384 },
  seed: { type: "integer" },
  json_output: { type: "boolean" },
};

/** The known models of the contract tell their provider; so do others of these families. */
const FAMILIES: readonly (readonly [RegExp, LabelProvider])[] = [
  [/^(gpt-|chatgpt-|o\d)/, "openai"],
  [/^gemini-/, "google"],
  [/^claude-/, "anthropic"],
];

/** It is sent with every request. */
const PROMPT_LENGTH = 4_000;

/**
 * What `llm_labeling` asks for: the payload paths that labels are made of, enabled or not, and how a language model makes
 * them, if it is enabled. Throws ValidationFailed, `not_supported`, `invalid_value`.
 */
export function toLabels(
  given: Fields | null | undefined,
  loc: Loc,
): { readonly labelPaths: readonly string[] | null; readonly labeling?: Labeling } {
  if (given === null || given === undefined) return { labelPaths: null };
  const { response_shape: shape, ...fields } = given;
  const faults = checkFields(fields, rules, loc);
  if (faults.length > 0) throw new ValidationFailed(faults);
  const checked = fields as Partial<Record<string, never>>;
  const { paths, context } = toLabelInputs(checked.labeling_inputs, [...loc, "labeling_inputs"]);
  if (given.enabled !== true) return { labelPaths: paths };
  if (shape !== null && shape !== undefined) {
    throw notSupported(
      "llm_labeling.response_shape",
      "Leave it out: an answer is a label, a summary and keywords. Ask for another style of them by custom_prompt.",
    );
  }
  const wire = { ...DEFAULTS, ...fields } as unknown as Wire;
  return {
    labelPaths: paths,
    labeling: {
      model: modelOf(wire, loc),
      includeSummary: wire.include_summary,
      includeKeywords: wire.include_keywords,
      samples: wire.max_samples_per_cluster,
      sampleLength: wire.sample_text_max_length,
      centresAlike: wire.use_embedding_dedup ? wire.embedding_similarity_threshold : null,
      cacheSeconds: wire.cache_ttl_seconds,
      prompt: promptOf(wire.custom_prompt, loc),
      context,
      parameters: parametersOf(wire.parameters, [...loc, "parameters"]),
    },
  };
}

/** The checked object with its defaults. */
type Wire = Omit<typeof DEFAULTS, "provider" | "model_name" | "custom_prompt" | "parameters"> & {
  readonly provider: string | null;
  readonly model_name: string | null;
  readonly custom_prompt: string | null;
  readonly parameters: Fields;
};

/** As answers carry it: the contract's defaults filled in. */
export function labelingAnswer(given: Fields | null): Fields | null {
  return given && { ...DEFAULTS, ...given };
}

function modelOf({ provider, model_name: name }: Wire, loc: Loc): Labeling["model"] {
  const known = LABEL_PROVIDERS.find((one) => one === provider);
  if (provider !== null && !known) {
    const msg = `Input should be ${LABEL_PROVIDERS.map((one) => `'${one}'`).join(", ")}`;
    throw new ValidationFailed([{ loc: [...loc, "provider"], msg, type: "enum" }]);
  }
  if (name === null) return known ? { provider: known, name: null } : null;
  // It becomes a part of an address.
  if (!/^[\w.:@/+-]{1,200}$/.test(name) || name.includes("..")) {
    const msg = "Input should be the name of a model: letters, digits, and any of . : @ / + - _";
    throw new ValidationFailed([{ loc: [...loc, "model_name"], msg, type: "string_pattern_mismatch" }]);
  }
  const inferred = known ?? FAMILIES.find(([family]) => family.test(name))?.[1];
  if (inferred) return { provider: inferred, name };
  const msg = `Field required: the name '${name}' does not tell whose model it is`;
  throw new ValidationFailed([{ loc: [...loc, "provider"], msg, type: "missing" }]);
}

function promptOf(prompt: string | null, loc: Loc): string | null {
  if (prompt === null || prompt.trim() === "") return null;
  if (prompt.length <= PROMPT_LENGTH) return prompt;
  const msg = `Input should have at most ${PROMPT_LENGTH} characters`;
  throw new ValidationFailed([{ loc: [...loc, "custom_prompt"], msg, type: "string_too_long" }]);
}

function parametersOf(given: Fields, loc: Loc): LabelingParameters {
  const faults: Fault[] = checkFields(given, parameterRules, loc);
  if (faults.length > 0) throw new ValidationFailed(faults);
  const { temperature, top_p, top_k, max_tokens, max_output_tokens, seed, json_output } = given as Record<
    string,
    number | undefined
  >;
  if ((json_output as unknown) === false) {
    throw notSupported("parameters.json_output false", "Leave it out: an answer is always structured.");
  }
  const named = {
    temperature,
    topP: top_p,
    topK: top_k,
    maxOutputTokens: max_output_tokens ?? max_tokens,
    seed,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
