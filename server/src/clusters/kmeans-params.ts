import { AppError, notSupported, type Fault } from "../platform/app-error.ts";
import { checkFields, type FieldRule } from "../platform/check-fields.ts";
import type { KMeansDefinition } from "./definition.ts";

/** The contract's KMeansParams. */
export const kmeansRules = {
  n_clusters: { type: "integer", minimum: 2, maximum: 1000 },
  max_iter: { type: "integer", minimum: 1, maximum: 10_000 },
  random_state: { type: "integer", nullable: true },
  n_init: { type: "integer", minimum: 1 },
  tol: { type: "number", above: 0 },
  init: { type: "string" },
  verbose: { type: "integer", minimum: 0 },
  copy_x: { type: "boolean" },
  algorithm: { type: "string" },
} as const satisfies Record<string, FieldRule>;

/** Parameters of scikit-learn that change no result here: taken at their defaults, refused otherwise. */
const INERT: Readonly<Record<string, unknown>> = { verbose: 0, copy_x: true, algorithm: "lloyd" };

const DEFAULTS: KMeansDefinition["params"] = {
  n_clusters: 8,
  max_iter: 300,
  random_state: 42,
  n_init: 10,
  tol: 1e-4,
  init: "k-means++",
};

/** The faults of the shape of k-means parameters as the wire has them. */
export function checkKmeansParams(
  given: Record<string, unknown>,
  loc: readonly (string | number)[],
): Fault[] {
  return checkFields(given, kmeansRules, loc);
}

/** The definition of parameters whose shape has been checked; throws for values that cannot be computed here. */
export function toKmeansDefinition(given: Record<string, unknown>): KMeansDefinition {
  for (const [name, only] of Object.entries(INERT)) {
    if (given[name] !== undefined && given[name] !== only) {
      throw notSupported(
        `${name}=${JSON.stringify(given[name])} of k-means`,
        `Leave it out, or send ${JSON.stringify(only)}.`,
      );
    }
  }
  const params = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS)) {
    if (given[name] !== undefined) Object.assign(params, { [name]: given[name] });
  }
  if (!["k-means++", "random"].includes(params.init)) {
    throw new AppError(
      "invalid_value",
      `init of k-means is '${params.init}'; it takes 'k-means++' or 'random'.`,
      { details: { field: "init" } },
    );
  }
  return { algorithm: "kmeans", params };
}
