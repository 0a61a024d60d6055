import { AppError } from "../platform/app-error.ts";
import { looksLikeId, randomText } from "../platform/ids.ts";

const LONGEST = 255;

/** The name to store: the one given, or `cluster-<8 characters>`. Throws `invalid_value` for one that cannot be. */
export function clusterName(given: string | null | undefined): string {
  if (given === null || given === undefined) return `cluster-${randomText(8)}`;
  const refuse = (why: string) =>
    new AppError("invalid_value", `cluster_name ${why}. Choose another name.`, {
      details: { field: "cluster_name" },
    });
  if (given.trim() === "") throw refuse("is empty");
  if (given.length > LONGEST) throw refuse(`has ${given.length} characters; it takes up to ${LONGEST}`);
  if (looksLikeId(given)) throw refuse(`'${given}' looks like an id, which would be taken for one`);
  return given;
}
