import { classTfIdf } from "#kernels/index.ts";
import type { Grouping } from "./grouping.ts";

/**
 * Keywords of each cluster, best first. A cluster that contains others is compared with those beside it, not with
 * its own parts. Empty where its documents have no text.
 */
export function findKeywords(grouping: Grouping, texts: readonly (string | null)[]): string[][] {
  const { clusters, labels } = grouping;
  const keywords: string[][] = clusters.map(() => []);
  let level = labels;
  while (level.some((label) => label >= 0)) {
    const found = classTfIdf(texts, level).keywords;
    for (const cluster of new Set(level)) if (cluster >= 0) keywords[cluster] = found[cluster] ?? [];
    level = level.map((label) => (label < 0 ? -1 : (clusters[label]!.parent ?? -1)));
  }
  return keywords;
}

/** `table, column, filter`; null without keywords. */
export function labelFrom(keywords: readonly string[]): string | null {
  return keywords.length === 0 ? null : keywords.slice(0, 3).join(", ");
}
