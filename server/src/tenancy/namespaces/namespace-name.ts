import { AppError } from "../../platform/app-error.ts";
import { looksLikeId } from "../../platform/ids.ts";

/** What fits in an HTTP header and a URL without escapes. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** The name as given, or `invalid_value`: it travels in `X-Namespace` and may not be mistaken for an id. */
export function namespaceName(given: string): string {
  if (!NAME.test(given)) {
    throw new AppError(
      "invalid_value",
      `namespace_name is '${given.slice(0, 200)}'; it takes 1 to 128 letters, digits, '.', '_' and '-', and begins with a letter or digit.`,
      { details: { field: "namespace_name" } },
    );
  }
  if (looksLikeId(given)) {
    throw new AppError(
      "invalid_value",
      `namespace_name is '${given}', which looks like an id. Choose a name without the prefix '${given.split("_")[0]}_'.`,
      { details: { field: "namespace_name" } },
    );
  }
  return given;
}
