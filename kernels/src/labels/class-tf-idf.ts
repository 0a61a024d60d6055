import { KernelError } from "../kernel-error.ts";
import { ENGLISH_STOP_WORDS } from "./stop-words.ts";
import { wordsOf } from "./words.ts";

export type ClassTfIdfOptions = {
  /** Keywords a cluster. Default 5. */
  readonly topN?: number;
  /** Texts of clusters a word must occur in, to be a keyword. Default 1. */
  readonly minDocFreq?: number;
  /** Words to leave out, in lower case. Default: a built-in English list. */
  readonly stopWords?: ReadonlySet<string> | readonly string[];
};

/**
 * Keywords of clusters by class-based TF-IDF (Grootendorst 2022, BERTopic): all texts of a cluster count as one; a word
 * weighs tf * log(1 + A / f), tf its share of the cluster's words, f its count in all clusters, A the mean number of words
 * of a cluster. Clusters without words do not count in A. Best first; at a tie the word that comes first by code unit.
 *
 * Counts are kept in maps, so memory grows with the different words of each cluster, not with clusters times vocabulary.
 *
 * @param texts a text or null for each row
 * @param labels cluster of each row, from 0; texts labelled -1 are left out altogether
 * @returns keywords[c] for c from 0 to the highest label; [] for a cluster without words
 * @throws KernelError `shape_mismatch`, `bad_parameter`
 */
export function classTfIdf(
  texts: readonly (string | null)[],
  labels: ArrayLike<number>,
  options: ClassTfIdfOptions = {},
): { keywords: string[][] } {
  const { topN = 5, minDocFreq = 1 } = options;
  check(texts, labels, topN, minDocFreq);
  const stopWords = new Set(options.stopWords ?? ENGLISH_STOP_WORDS);

  const vocabulary = new Map<string, Word>();
  const clusters: Cluster[] = [];
  for (const [row, text] of texts.entries()) {
    const label = labels[row]!;
    while (clusters.length <= label) clusters.push({ words: 0, counts: new Map() });
    const cluster = clusters[label];
    if (cluster === undefined || text === null) continue;
    for (const token of wordsOf(text, stopWords)) {
      let word = vocabulary.get(token);
      if (word === undefined) vocabulary.set(token, (word = { token, count: 0, texts: 0, lastRow: -1 }));
      word.count++;
      if (word.lastRow !== row) word.texts++;
      word.lastRow = row;
      cluster.words++;
      cluster.counts.set(word, (cluster.counts.get(word) ?? 0) + 1);
    }
  }

  const withWords = clusters.filter((cluster) => cluster.words > 0);
  const meanWords = withWords.reduce((sum, cluster) => sum + cluster.words, 0) / withWords.length;
  const keywords = clusters.map(({ words, counts }) =>
    [...counts]
      .filter(([word]) => word.texts >= minDocFreq)
      .map(([word, count]) => ({
        token: word.token,
        weight: (count / words) * Math.log(1 + meanWords / word.count),
      }))
      .sort((a, b) => b.weight - a.weight || (a.token < b.token ? -1 : 1))
      .slice(0, topN)
      .map(({ token }) => token),
  );
  return { keywords };
}

type Word = { readonly token: string; count: number; texts: number; lastRow: number };
type Cluster = { words: number; readonly counts: Map<Word, number> };

function check(texts: readonly unknown[], labels: ArrayLike<number>, topN: number, minDocFreq: number): void {
  if (texts.length !== labels.length) {
    throw new KernelError(
      "shape_mismatch",
      `There are ${texts.length} texts and ${labels.length} labels; give a label for each text (null where there is none).`,
    );
  }
  for (const [name, value] of [["topN", topN] as const, ["minDocFreq", minDocFreq] as const]) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new KernelError("bad_parameter", `${name} is ${value}; give a whole number from 1.`);
    }
  }
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < -1) {
      throw new KernelError(
        "bad_parameter",
        `Label ${label} of row ${row} is not a whole number from 0, nor -1 for noise.`,
      );
    }
  }
}
