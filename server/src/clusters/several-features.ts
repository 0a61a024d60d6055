import { AppError, notSupported, ValidationFailed } from "../platform/app-error.ts";
import { checkFields } from "../platform/check-fields.ts";
import type { ClusterDefinition } from "./definition.ts";
import { oneOf } from "./methods/wire-method.ts";

/** Two or more features to cluster by, and how. */
export interface SeveralFeatures {
  /** Each once. */
  readonly names: readonly string[];
  /** `weighted` is `concatenate` whose weights have to be given. */
  readonly strategy: (typeof STRATEGIES)[number];
  /** Of each feature what its squared distances count for, above 0; null: each 1. */
  readonly weights: Readonly<Record<string, number>> | null;
}

/** The settings that say which features, as both shapes of the wire call them. */
export interface FeatureSettings {
  readonly feature_uri?: string | null | undefined;
  readonly feature_uris?: readonly string[] | null | undefined;
  readonly multi_feature_strategy?: string | null | undefined;
  readonly feature_weights?: Readonly<Record<string, unknown>> | null | undefined;
}

const STRATEGIES = ["concatenate", "weighted", "independent"] as const;
const MOST_WEIGHT = 1e6;

/**
 * The features of a definition. Throws ValidationFailed for weights of the wrong shape, `invalid_value` for settings that
 * contradict each other, `not_supported` for weights that are to be learned.
 *
 * @param loc the place of the settings in the request
 */
export function toFeatures(
  settings: FeatureSettings,
  loc: readonly (string | number)[],
): Pick<ClusterDefinition, "featureName" | "several"> {
  const { feature_uri: one, feature_uris: uris, feature_weights: given = null } = settings;
  const strategy = settings.multi_feature_strategy ?? "concatenate";
  oneOf("a cluster", "multi_feature_strategy", strategy, STRATEGIES);
  const names = [...new Set(uris ?? (one ? [one] : []))];
  if (one && (names.length > 1 || names[0] !== one)) {
    throw invalid(
      "feature_uris",
      `feature_uri is '${one}', and feature_uris says otherwise. Send one of them.`,
    );
  }
  if (strategy === "weighted" && given === null) {
    const each = names.length > 1 ? names : ["text", "image"];
    const example = JSON.stringify(Object.fromEntries(each.map((name) => [name, 1])));
    throw notSupported("weighted without feature_weights", `Give each feature a weight, such as ${example}.`);
  }
  if (names.length < 2) {
    if (strategy !== "concatenate") throw needsSeveral("multi_feature_strategy", names);
    if (given !== null) throw needsSeveral("feature_weights", names);
    return { featureName: names[0] ?? null };
  }
  if (strategy === "independent" && given !== null) {
    throw invalid(
      "feature_weights",
      "With independent each feature is clustered by itself, so feature_weights would change nothing. Leave them out.",
    );
  }
  const weights = given && toWeights(given, names, [...loc, "feature_weights"]);
  return {
    featureName: null,
    several: { names, strategy: strategy as SeveralFeatures["strategy"], weights },
  };
}

/** The features that the definition names, in that order; null for the only one that the collections share. */
export function namedFeatures({
  featureName,
  several,
}: Pick<ClusterDefinition, "featureName" | "several">): readonly string[] | null {
  if (several) return several.names;
  return featureName === null ? null : [featureName];
}

/** The settings that make the same features again. */
export function featureSettings(definition: Pick<ClusterDefinition, "featureName" | "several">): object {
  const names = namedFeatures(definition);
  const { strategy, weights = null } = definition.several ?? {};
  return {
    ...(names === null ? {} : { feature_uris: [...names] }),
    ...(strategy === undefined ? {} : { multi_feature_strategy: strategy }),
    ...(weights === null ? {} : { feature_weights: { ...weights } }),
  };
}

/** One for each feature: a missing one could be meant as 0 or as 1. */
function toWeights(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
  loc: readonly (string | number)[],
): Record<string, number> {
  const rule = { type: "number", above: 0, maximum: MOST_WEIGHT } as const;
  const faults = checkFields(given, Object.fromEntries(names.map((name) => [name, rule])), loc);
  for (const name of names) {
    if (!Object.hasOwn(given, name))
      faults.push({ loc: [...loc, name], msg: "Field required", type: "missing" });
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  return Object.fromEntries(names.map((name) => [name, given[name] as number]));
}

function needsSeveral(field: string, names: readonly string[]): AppError {
  const named = names.length === 0 ? "names none" : `names '${names[0]!}' only`;
  return invalid(
    field,
    `${field} is for several features, and feature_uris ${named}. Name two or more, or leave ${field} out.`,
  );
}

function invalid(field: string, message: string): AppError {
  return new AppError("invalid_value", message, { details: { field } });
}
