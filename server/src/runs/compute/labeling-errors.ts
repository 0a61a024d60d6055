import type { NameError } from "../../labels/name-request.ts";
import type { RunCluster } from "../run-result.ts";

/** Lines of one run; each is a row's text and a client's list. */
const MOST_LINES = 100;

/** A line for each cluster that the model did not name: `cl_7: …`; what is about all begins with no cluster. null if there is none. */
export function labelingErrors(
  errors: readonly NameError[],
  clusters: readonly Pick<RunCluster, "number">[],
): string[] | null {
  if (errors.length === 0) return null;
  const lines = errors.map(({ index, message }) =>
    index === null ? message : `cl_${clusters[index]!.number}: ${message}`,
  );
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 1), `… and ${lines.length - MOST_LINES + 1} more`];
}
