import { groupByAttributes } from "#kernels/index.ts";
import type { AttributeDefinition } from "../../clusters/definition.ts";
import { RunRefused } from "../run-result.ts";
import type { Grouping } from "./grouping.ts";
import { MOST_GROUPS } from "./refuse-counts.ts";

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
  if (groups.length > MOST_GROUPS) {
    throw new RunRefused(
      "too_many_clusters",
      `The documents have ${groups.length} different values of ${definition.attributes.join(", ")}, and a run makes at most ${MOST_GROUPS} groups. ` +
        "Group by attributes that documents share.",
    );
  }
  return {
    labels,
    distances: null,
    coordinates: null,
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
      notes: [
        "Grouping by attributes has no distances, so there are no measures of separation.",
        ...withoutValue(attributes, definition.attributes),
      ],
    },
  };
}

/** A misspelt attribute looks like one that no document has. */
function withoutValue(values: readonly (readonly unknown[])[], names: readonly string[]): string[] {
  const missing = names.filter((_, at) => values.every((own) => (own[at] ?? null) === null));
  if (missing.length === 0) return [];
  return [`No document has a value of ${missing.join(", ")}. Is it spelt as in the documents?`];
}

function nameOf(value: unknown): string {
  if (value === null) return "(none)";
  return typeof value === "string" ? value : JSON.stringify(value);
}
