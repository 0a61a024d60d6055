import { groupByAttributes } from "#kernels/index.ts";
import type { AttributeDefinition } from "../../clusters/definition.ts";
import type { Grouping } from "./grouping.ts";

/**
 * Groups documents with equal attribute values, and for hierarchical grouping the groups that contain them.
 *
 * @param attributes the values of `definition.attributes` of each document, in that order
 */
export function groupDocuments(
  attributes: readonly (readonly unknown[])[],
  definition: AttributeDefinition,
): Grouping {
  const { labels, groups } = groupByAttributes(attributes, { hierarchical: definition.hierarchicalGrouping });
  return {
    labels,
    distances: null,
    clusters: groups.map((group) => ({
      size: group.size,
      parent: group.parent,
      attributes: Object.fromEntries(group.key.map((value, i) => [definition.attributes[i]!, value])),
      name: group.key.map(nameOf).join(", "),
      centre: null,
    })),
    metrics: {
      silhouette_score: null,
      davies_bouldin_index: null,
      calinski_harabasz_score: null,
      approximate: false,
      notes: ["Grouping by attributes has no distances, so there are no measures of separation."],
    },
  };
}

function nameOf(value: unknown): string {
  if (value === null) return "(none)";
  return typeof value === "string" ? value : JSON.stringify(value);
}
