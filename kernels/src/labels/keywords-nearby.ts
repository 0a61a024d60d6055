import { KernelError } from "../kernel-error.ts";
import { ENGLISH_STOP_WORDS } from "./stop-words.ts";
import { isKeyword, wordsOf } from "./words.ts";

/** A place among embeddings, and the texts near it. */
export type Nearby = {
  /** Positions of texts, each once. */
  readonly texts: ArrayLike<number>;
  /** How near each is, above 0: its cosine with the place, say. */
  readonly weights: ArrayLike<number>;
};

export type KeywordsNearbyOptions = {
  /** Keywords a place. Default 5. */
  readonly topN?: number;
  /** Texts nearby that must hold a word, or all if there are fewer. Default 2. */
  readonly minTexts?: number;
  /** Words to leave out, in lower case. Default: a built-in English list. */
  readonly stopWords?: ReadonlySet<string> | readonly string[];
};

/**
 * Keywords for places that have no words of their own, from the texts whose embeddings lie near them. KeyBERT (Grootendorst
 * 2020) ranks a document's words by the similarity of word and document under the model; here no model is asked, and a
 * word stands where the texts that hold it stand: it weighs w * ln(1 + N / f), w being the weight of the texts nearby that
 * hold it as a share of all weight nearby, f the texts of the background that hold it, N their number. Best first; at a
 * tie the word that comes first by code unit.
 *
 * @param textOf a text or null by its position; asked once for each text
 * @param background positions of the texts that say how usual a word is; those nearby count too
 * @throws KernelError `shape_mismatch`, `bad_parameter`
 */
export function keywordsNearby(
  places: readonly Nearby[],
  textOf: (text: number) => string | null,
  background: ArrayLike<number>,
  options: KeywordsNearbyOptions = {},
): { keywords: string[][] } {
  const { topN = 5, minTexts = 2 } = options;
  check(places, { topN, minTexts });
  const stopWords = new Set(options.stopWords ?? ENGLISH_STOP_WORDS);
  const near = new Set(places.flatMap(({ texts }) => Array.from(texts)));
  const wordsIn = new Map<number, ReadonlySet<string>>();
  const usual = new Map<string, number>();
  const everywhere = new Set([...near, ...Array.from(background)]);
  for (const text of everywhere) {
    const words = new Set(wordsOf(textOf(text) ?? ""));
    for (const word of words) {
      if (isKeyword(word, stopWords)) usual.set(word, (usual.get(word) ?? 0) + 1);
    }
    if (near.has(text)) wordsIn.set(text, words);
  }
  const keywords = places.map(({ texts, weights }) => {
    const held = new Map<string, { weight: number; texts: number }>();
    let all = 0;
    for (let i = 0; i < texts.length; i++) {
      all += weights[i]!;
      for (const word of wordsIn.get(texts[i]!)!) {
        if (!usual.has(word)) continue;
        const found = held.get(word);
        if (found) {
          found.weight += weights[i]!;
          found.texts += 1;
        } else held.set(word, { weight: weights[i]!, texts: 1 });
      }
    }
    const fewest = Math.min(minTexts, texts.length);
    return [...held]
      .filter(([, found]) => found.texts >= fewest)
      .map(([word, found]) => ({
        word,
        weight: (found.weight / all) * Math.log(1 + everywhere.size / usual.get(word)!),
      }))
      .sort((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1))
      .slice(0, topN)
      .map(({ word }) => word);
  });
  return { keywords };
}

function check(places: readonly Nearby[], counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new KernelError("bad_parameter", `${name} is ${value}; give a whole number from 1.`);
    }
  }
  for (const [place, { texts, weights }] of places.entries()) {
    if (texts.length !== weights.length) {
      throw new KernelError(
        "shape_mismatch",
        `Place ${place} has ${texts.length} texts and ${weights.length} weights; give a weight for each text.`,
      );
    }
    for (let i = 0; i < weights.length; i++) {
      if (weights[i]! > 0 && Number.isFinite(weights[i])) continue;
      throw new KernelError(
        "bad_parameter",
        `Weight ${weights[i]} of place ${place} is not a number above 0; leave the text out.`,
      );
    }
  }
}
