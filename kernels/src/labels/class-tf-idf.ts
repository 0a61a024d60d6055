import { KernelError } from "../kernel-error.ts";
import { checkLabels } from "./check-labels.ts";
import { ENGLISH_STOP_WORDS } from "./stop-words.ts";
import { isKeyword, wordsOf } from "./words.ts";

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
 * Memory grows with the different words of each cluster, not with clusters times vocabulary.
 *
 * @param texts a text or null for each row; a function that gives a row's text is asked once for each row that counts
 * @param labels cluster of each row, from 0; texts labelled -1 are left out altogether
 * @returns keywords[c] for c from 0 to the highest label; [] for a cluster without words
 * @throws KernelError `shape_mismatch`, `bad_parameter`
 */
export function classTfIdf(
  texts: readonly (string | null)[] | ((row: number) => string | null),
  labels: ArrayLike<number>,
  options: ClassTfIdfOptions = {},
): { keywords: string[][] } {
  const { topN = 5, minDocFreq = 1 } = options;
  const textOf = typeof texts === "function" ? texts : (row: number) => texts[row] ?? null;
  check(texts, labels, topN, minDocFreq);
  const stopWords = new Set(options.stopWords ?? ENGLISH_STOP_WORDS);

  /** null: not a keyword, decided once for each different word. */
  const vocabulary = new Map<string, Word | null>();
  const clusters = rowsByCluster(labels).map((rows) => {
    const used: Word[] = [];
    for (const row of rows) {
      for (const token of wordsOf(textOf(row) ?? "")) {
        let word = vocabulary.get(token);
        if (word === undefined) {
          word = isKeyword(token, stopWords)
            ? { token, count: 0, countHere: 0, texts: 0, lastRow: -1 }
            : null;
          vocabulary.set(token, word);
        }
        if (word === null) continue;
        if (word.countHere++ === 0) used.push(word);
        if (word.lastRow !== row) word.texts++;
        word.lastRow = row;
      }
    }
    return takeCounts(used);
  });

  const withWords = clusters.filter((cluster) => cluster.words > 0);
  const meanWords = withWords.reduce((sum, cluster) => sum + cluster.words, 0) / withWords.length;
  const keywords = clusters.map(({ words, counts }) => {
    const best: Keyword[] = [];
    for (const { word, count } of counts) {
      if (word.texts < minDocFreq) continue;
      insert(
        best,
        { token: word.token, weight: (count / words) * Math.log(1 + meanWords / word.count) },
        topN,
      );
    }
    return best.map(({ token }) => token);
  });
  return { keywords };
}

/** `count`: in all clusters so far; `countHere`: in the cluster at hand. */
type Word = { readonly token: string; count: number; countHere: number; texts: number; lastRow: number };
type Cluster = { words: number; counts: { word: Word; count: number }[] };

type Keyword = { readonly token: string; readonly weight: number };

/** Keeps `best` ordered and at most `limit` long: sorting all words of a cluster would take longer than counting them. */
function insert(best: Keyword[], candidate: Keyword, limit: number): void {
  if (best.length === limit && !isBetter(candidate, best[limit - 1]!)) return;
  let at = best.length;
  while (at > 0 && isBetter(candidate, best[at - 1]!)) at--;
  best.splice(at, 0, candidate);
  if (best.length > limit) best.pop();
}

function isBetter(a: Keyword, b: Keyword): boolean {
  return a.weight > b.weight || (a.weight === b.weight && a.token < b.token);
}

/** Rows of clusters 0, 1, … up to the highest label, each in ascending order. */
function rowsByCluster(labels: ArrayLike<number>): number[][] {
  const clusters: number[][] = [];
  for (let row = 0; row < labels.length; row++) {
    while (clusters.length <= labels[row]!) clusters.push([]);
    clusters[labels[row]!]?.push(row);
  }
  return clusters;
}

/** Moves the counts of the cluster at hand from the words into a list. */
function takeCounts(used: readonly Word[]): Cluster {
  let words = 0;
  const counts = used.map((word) => {
    const count = word.countHere;
    word.countHere = 0;
    word.count += count;
    words += count;
    return { word, count };
  });
  return { words, counts };
}

function check(
  texts: Parameters<typeof classTfIdf>[0],
  labels: ArrayLike<number>,
  topN: number,
  minDocFreq: number,
): void {
  checkLabels(labels, typeof texts === "function" ? labels.length : texts.length, "texts (null for none)");
  for (const [name, value] of [["topN", topN] as const, ["minDocFreq", minDocFreq] as const]) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new KernelError("bad_parameter", `${name} is ${value}; give a whole number from 1.`);
    }
  }
}
