import { representatives } from "#kernels/index.ts";
import { cleanText } from "../../labels/clean-text.ts";
import type { ClusterToName } from "../../labels/name-request.ts";
import type { Grouping } from "./grouping.ts";

/** Characters of a text that are looked at for one that is shown. */
const SEEN_AT_MOST = 8;

/** What of a document a model may see: its text or, without one, its attributes; null if it has neither. */
export type ContentOf = (document: number) => string | null;

/**
 * What a language model is shown of each cluster: its keywords and some of its documents, the nearest to the centre and
 * some from there to the edge. A cluster that contains others is shown by the documents of those.
 *
 * @param sampleLength characters of a text
 */
export function showClusters(
  { clusters, labels, distances }: Pick<Grouping, "clusters" | "labels" | "distances">,
  {
    keywords,
    contentOf,
    samples,
    sampleLength,
  }: {
    readonly keywords: readonly (readonly string[])[];
    readonly contentOf: ContentOf;
    readonly samples: number;
    readonly sampleLength: number;
  },
): Omit<ClusterToName, "partner" | "keptLabel">[] {
  const members: number[][] = clusters.map(() => []);
  for (const [document, label] of labels.entries()) {
    for (let cluster: number | null = label; cluster !== null && cluster >= 0;) {
      members[cluster]!.push(document);
      cluster = clusters[cluster]!.parent;
    }
  }
  return clusters.map(({ size }, index) => {
    const rows = members[index]!;
    if (distances) rows.sort((a, b) => distances[a]! - distances[b]! || a - b);
    const excerptOf = (row: number) => excerpt(contentOf(row), sampleLength);
    const shown = representatives(rows, samples, excerptOf);
    return {
      index,
      documents: size,
      keywords: keywords[index] ?? [],
      samples: shown.map((row) => excerptOf(row)!),
    };
  });
}

/** What can be seen of a text's beginning; null if that is nothing. */
function excerpt(text: string | null, length: number): string | null {
  // What cannot be seen is left out before the text is cut, and must not make it long.
  const seen = text === null ? "" : cleanText(text.slice(0, SEEN_AT_MOST * length));
  return seen === "" ? null : seen.slice(0, length).toWellFormed();
}
