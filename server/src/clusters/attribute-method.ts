import { AppError } from "../platform/app-error.ts";
import type { AttributeDefinition } from "./definition.ts";

/**
 * How documents are grouped by attributes. Throws `invalid_value` for one that is named twice: it would separate nothing, and with
 * `hierarchical_grouping` make each group the only child of another.
 */
export function toAttributeMethod(
  attributes: readonly string[],
  hierarchicalGrouping: boolean,
): AttributeDefinition {
  const twice = attributes.find((name, index) => attributes.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new AppError(
      "invalid_value",
      `attributes names '${twice}' twice; documents with equal values are a group already. Name each attribute once.`,
      { details: { field: "attributes", given: attributes } },
    );
  }
  return { algorithm: "attribute_based", attributes, hierarchicalGrouping };
}
