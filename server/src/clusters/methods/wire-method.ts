import { AppError, notSupported } from "../../platform/app-error.ts";
import type { FieldRule } from "../../platform/check-fields.ts";

/** How a method's parameters are read from the wire. */
export interface WireMethod<Params extends object> {
  /** As a message calls it. */
  readonly title: string;
  /** The contract's parameters. */
  readonly rules: Readonly<Record<string, FieldRule>>;
  /** Those that change no result here, with the values they are taken at; any other value is `not_supported`. */
  readonly inert: Readonly<Record<string, readonly unknown[]>>;
  /** Those that matter, with the contract's defaults. */
  readonly defaults: Params;
  /** Throws `invalid_value` or `not_supported` for what has the right shape and cannot be computed. */
  readonly check?: (params: Params, given: Readonly<Record<string, unknown>>) => void;
}

/** The parameters of a request whose shape was checked, defaults filled in. Throws `invalid_value`, `not_supported`. */
export function readParams<Params extends object>(
  method: WireMethod<Params>,
  given: Readonly<Record<string, unknown>>,
): Params {
  for (const [name, taken] of Object.entries(method.inert)) {
    if (given[name] === undefined || isOneOf(given[name], taken)) continue;
    const values = taken.map((value) => JSON.stringify(value)).join(" or ");
    throw notSupported(
      `${name}=${JSON.stringify(given[name])} of ${method.title}`,
      `Leave it out, or send ${values}.`,
    );
  }
  const params = { ...method.defaults };
  for (const name of Object.keys(method.defaults)) {
    if (given[name] !== undefined) Object.assign(params, { [name]: given[name] });
  }
  method.check?.(params, given);
  return params;
}

function isOneOf(value: unknown, taken: readonly unknown[]): boolean {
  return taken.some((one) => JSON.stringify(one) === JSON.stringify(value));
}

/** A seed, or null for another one each run. Throws `invalid_value`. */
export function checkSeed(title: string, value: number | null): void {
  if (value === null || value >= 0) return;
  throw new AppError(
    "invalid_value",
    `random_state of ${title} is ${value}; it takes a whole number from 0, or null for another one each run.`,
    { details: { field: "random_state" } },
  );
}

/** A text parameter that takes one of a few words. Those of `later` are known and not built. */
export function oneOf(
  title: string,
  field: string,
  value: string,
  words: readonly string[],
  later: readonly string[] = [],
): void {
  if (words.includes(value)) return;
  const takes = words.map((word) => `'${word}'`).join(" or ");
  if (later.includes(value)) throw notSupported(`${field}='${value}' of ${title}`, `It takes ${takes}.`);
  throw new AppError("invalid_value", `${field} of ${title} is '${value}'; it takes ${takes}.`, {
    details: { field },
  });
}

/** Distances that all density methods and the agglomerative one compute. */
export const METRICS = ["euclidean", "cosine"] as const;
export type Metric = (typeof METRICS)[number];
/** Names of scikit-learn's that mean something and are not built. */
export const LATER_METRICS = ["l1", "l2", "manhattan", "cityblock", "chebyshev", "minkowski", "precomputed"];
