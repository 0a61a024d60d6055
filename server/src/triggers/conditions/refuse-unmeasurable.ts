import type { ClusterDefinition } from "../../clusters/definition.ts";
import { AppError } from "../../platform/app-error.ts";
import type { Condition } from "./condition.ts";

/** Throws `invalid_value` for a condition about vectors where the cluster groups by attributes. */
export function refuseUnmeasurable(
  { type, metric }: Pick<Condition, "type" | "metric">,
  { method }: Pick<ClusterDefinition, "method">,
): void {
  if (method.algorithm !== "attribute_based" || (type !== "drift" && type !== "quality")) return;
  throw new AppError(
    "invalid_value",
    `'${metric}' is measured on vectors, and this cluster groups by attributes and reads none. Use condition_type 'volume', or a cluster of vectors.`,
    { details: { field: "condition_type", given: type } },
  );
}
