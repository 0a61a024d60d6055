import { canonicalJson } from "../documents/canonical-json.ts";
import { parseFilter } from "../documents/filters/parse-filter.ts";
import { AppError } from "../platform/app-error.ts";

export type Filters = Readonly<Record<string, unknown>>;

/**
 * The filters a definition is to have, as they were sent; null for none and for such as every document meets. Throws
 * ValidationFailed with every fault below `loc`.
 */
export function toFilters(given: unknown, loc: readonly (string | number)[]): Filters | null {
  return parseFilter(given, loc) === null ? null : (given as Filters);
}

/** Whether two definitions choose the same documents in the same words. */
export function sameFilters(a: Filters | null | undefined, b: Filters | null | undefined): boolean {
  return canonicalJson(a ?? null, "filters") === canonicalJson(b ?? null, "filters");
}

/**
 * A trigger runs its cluster as that is defined, so filters given with the trigger must be the cluster's own; throws
 * `invalid_value` for others.
 */
export function requireOwnFilters(own: Filters | null | undefined, given: Filters | null): void {
  if (given === null || sameFilters(own, given)) return;
  throw new AppError(
    "invalid_value",
    `The filters of the action are ${JSON.stringify(given)}, and the cluster's are ${JSON.stringify(own ?? null)}. ` +
      "A trigger runs its cluster as it is defined: leave the filters out, or make a cluster with these filters and name that.",
    { details: { field: "filters" } },
  );
}
