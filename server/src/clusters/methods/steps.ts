import { ValidationFailed, type Fault } from "../../platform/app-error.ts";
import { checkFields, type FieldRule } from "../../platform/check-fields.ts";
import { type Metric, METRICS, oneOf } from "./wire-method.ts";

/** Vectors before they are clustered. */
export type ReduceStep =
  | { readonly method: "pca"; readonly dims: number; readonly whiten: boolean }
  | ({ readonly method: "umap" } & UmapSettings);

/** Coordinates of a map. */
export type CoordinatesStep =
  | { readonly method: "pca"; readonly dims: number; readonly from_previous: boolean }
  | ({ readonly method: "umap"; readonly from_previous: boolean } & UmapSettings);

/** Where a definition says nothing about them. */
export const USUAL_COORDINATES: CoordinatesStep = { method: "pca", dims: 2, from_previous: false };

interface UmapSettings {
  readonly dims: number;
  /** Counts the document itself, as umap-learn's does. */
  readonly n_neighbors: number;
  readonly min_dist: number;
  readonly metric: Metric;
}

type Loc = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

const umapRules = {
  n_neighbors: { type: "integer", minimum: 2, maximum: 200 },
  min_dist: { type: "number", minimum: 0, maximum: 1 },
  metric: { type: "string" },
} as const satisfies Record<string, FieldRule>;

const reduceRules = {
  pca: { method: { type: "string" }, dims: { type: "integer", minimum: 1 }, whiten: { type: "boolean" } },
  umap: {
    method: { type: "string" },
    dims: { type: "integer", minimum: 2, maximum: 100 },
    ...umapRules,
  },
} as const satisfies Record<string, Record<string, FieldRule>>;

const dims = { type: "integer", minimum: 2, maximum: 3 } as const;
const coordinatesRules = {
  none: { method: { type: "string" } },
  pca: { method: { type: "string" }, dims, from_previous: { type: "boolean" } },
  umap: { method: { type: "string" }, dims, from_previous: { type: "boolean" }, ...umapRules },
} as const satisfies Record<string, Record<string, FieldRule>>;

/** A `reduce` as it was sent, defaults filled in; null for none. Throws ValidationFailed, `invalid_value`. */
export function toReduce(given: Fields | null | undefined, loc: Loc): ReduceStep | null {
  if (!given) return null;
  const method = methodOf(given, Object.keys(reduceRules), loc) as keyof typeof reduceRules;
  refuseFaults(checkFields(given, reduceRules[method], loc));
  if (method === "pca") return { dims: 50, whiten: false, ...given, method };
  return checkMetric({ dims: 10, n_neighbors: 15, min_dist: 0, metric: "euclidean", ...given, method });
}

/** A `coordinates` as it was sent; null for `{"method": "none"}`. Throws ValidationFailed, `invalid_value`. */
export function toCoordinates(given: Fields | null | undefined, loc: Loc): CoordinatesStep | null {
  if (!given) return USUAL_COORDINATES;
  const method = methodOf(given, Object.keys(coordinatesRules), loc) as keyof typeof coordinatesRules;
  refuseFaults(checkFields(given, coordinatesRules[method], loc));
  if (method === "none") return null;
  const shared = { dims: 2, from_previous: false };
  if (method === "pca") return { ...shared, ...given, method };
  return checkMetric({ ...shared, n_neighbors: 15, min_dist: 0.1, metric: "euclidean", ...given, method });
}

function methodOf(given: Fields, known: readonly string[], loc: Loc): string {
  const { method } = given;
  if (typeof method === "string" && known.includes(method)) return method;
  const is = method === undefined ? "missing" : JSON.stringify(method);
  const msg = `method is ${is}; it is one of ${known.join(", ")}`;
  throw new ValidationFailed([{ loc: [...loc, "method"], msg, type: "enum" }]);
}

function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new ValidationFailed([...faults]);
}

function checkMetric<Step extends { readonly metric: string }>(
  step: Step,
): Step & { readonly metric: Metric } {
  oneOf("umap", "metric", step.metric, METRICS);
  return { ...step, metric: step.metric as Metric };
}
