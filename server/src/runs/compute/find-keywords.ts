import { classTfIdf } from "#kernels/index.ts";
import type { Grouping } from "./grouping.ts";

/** Texts whose words are counted, in all clusters together: words are counted in memory, and these tell enough. */
const TEXTS_COUNTED = 200_000;

export interface Texts {
  readonly length: number;
  /** Empty for a document without text. */
  readonly get: (document: number) => string;
}

/**
 * Keywords of each cluster, best first. A cluster that contains others is compared with those beside it, not with
 * its own parts. Empty where its documents have no text. Of large clusters a part of the texts is counted, spread evenly
 * over their documents; `note` says so.
 */
export function findKeywords(
  { clusters, labels }: Pick<Grouping, "clusters" | "labels">,
  texts: Texts,
  atMost = TEXTS_COUNTED,
): { keywords: string[][]; note: string | null } {
  const keywords: string[][] = clusters.map(() => []);
  let note: string | null = null;
  let level = labels;
  while (level.some((label) => label >= 0)) {
    const { counted, drawn, total } = drawEvenly(level, clusters.length, atMost);
    if (drawn < total) {
      note = `Keywords are of ${drawn} of ${total} texts, all of small clusters and an even draw of the larger ones'.`;
    }
    const found = classTfIdf((document) => texts.get(document), counted).keywords;
    for (const cluster of new Set(level)) if (cluster >= 0) keywords[cluster] = found[cluster] ?? [];
    level = level.map((label) => (label < 0 ? -1 : (clusters[label]!.parent ?? -1)));
  }
  return { keywords, note };
}

/** `table, column, filter`; null without keywords. */
export function labelFrom(keywords: readonly string[]): string | null {
  return keywords.length === 0 ? null : keywords.slice(0, 3).join(", ");
}

/** The labels with -1 for documents that are not drawn: of each cluster at most as many as let all fit. */
function drawEvenly(labels: Int32Array, clusters: number, atMost: number) {
  const sizes = new Int32Array(clusters);
  for (const label of labels) if (label >= 0) sizes[label]!++;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= atMost) return { counted: labels, drawn: total, total };
  const share = largestShare(sizes, atMost);
  const seen = new Int32Array(clusters);
  let drawn = 0;
  const counted = labels.map((label) => {
    if (label < 0) return -1;
    const size = sizes[label]!;
    const before = Math.floor((seen[label]! * share) / size);
    seen[label]!++;
    if (size > share && Math.floor((seen[label]! * share) / size) === before) return -1;
    drawn += 1;
    return label;
  });
  return { counted, drawn, total };
}

/** The most that each cluster may give so that all together give at most `atMost`; at least 1. */
function largestShare(sizes: Int32Array, atMost: number): number {
  let left = atMost;
  let clusters = sizes.length;
  for (const size of sizes.toSorted()) {
    const share = Math.floor(left / clusters);
    if (size > share) return Math.max(1, share);
    left -= size;
    clusters -= 1;
  }
  return atMost;
}
