import { AppError } from "../../platform/app-error.ts";
import type { ClusterDefinition } from "../definition.ts";

/** Whether new documents are to be placed; undefined if nothing is said. Throws `invalid_value` for a cluster by attributes. */
export function readPlaceNew(
  asked: boolean | null | undefined,
  method: ClusterDefinition["method"],
): boolean | undefined {
  if (asked !== true || method.algorithm !== "attribute_based") return asked ?? undefined;
  throw new AppError(
    "invalid_value",
    "place_new_documents is true, but this cluster groups by attributes; new documents are placed by their vectors. Leave it out, or make a cluster of vectors.",
    { details: { field: "place_new_documents" } },
  );
}
