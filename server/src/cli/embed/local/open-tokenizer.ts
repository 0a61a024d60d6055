import { join } from "node:path";

import * as library from "@huggingface/tokenizers";

import { CommandError } from "../../explain-failure.ts";
import type { ModelSettings } from "./model-settings.ts";
import { readSettings } from "./read-settings.ts";

/** The library's own declarations import each other without endings, which this project's module resolution refuses. */
interface Tokenizer {
  encode(text: string, options?: { add_special_tokens?: boolean }): { readonly ids: readonly number[] };
}
const { Tokenizer } = library as unknown as {
  readonly Tokenizer: new (tokenizer: object, config: object) => Tokenizer;
};

export interface Tokens {
  readonly ids: readonly number[];
  /** The text had more tokens than the model takes. */
  readonly cut: boolean;
}

/**
 * Of a very long text only so many characters a token of the limit are looked at: tokens rarely have more than ten, and
 * preparing 100 MB to keep 256 tokens would take minutes.
 */
const CHARACTERS_PER_TOKEN = 1_000;

/**
 * Turns a text into token ids with the special ones around it, at most `settings.maxTokens` of them. A longer text loses
 * its last tokens but not the special ones after them, as in Hugging Face's reference (its JavaScript pipeline drops
 * these too, which shifts the vectors of long texts). What tokenizer.json itself says of truncation and padding is left
 * aside, as sentence-transformers leaves it.
 */
export async function openTokenizer(
  folder: string,
  settings: ModelSettings,
): Promise<(text: string) => Tokens> {
  const json = (await readSettings(folder, "tokenizer.json")) ?? {};
  const config = (await readSettings(folder, "tokenizer_config.json")) ?? {};
  let tokenizer: Tokenizer;
  let after: number;
  try {
    tokenizer = new Tokenizer(json, config);
    after = specialsAfter(tokenizer);
  } catch (error) {
    throw new CommandError(
      `--embed: ${join(folder, "tokenizer.json")} cannot be used: ${(error as Error).message}`,
    );
  }
  const { maxTokens, lowerCase } = settings;
  const mostCharacters = maxTokens * CHARACTERS_PER_TOKEN;
  return (text) => {
    const head = text.length > mostCharacters ? text.slice(0, mostCharacters) : text;
    const { ids } = tokenizer.encode(lowerCase ? head.toLowerCase() : head);
    if (ids.length <= maxTokens) return { ids, cut: head !== text };
    return { ids: [...ids.slice(0, maxTokens - after), ...ids.slice(ids.length - after)], cut: true };
  };
}

/** How many special tokens stand after a text's own. */
function specialsAfter(tokenizer: Tokenizer): number {
  const own = tokenizer.encode("a", { add_special_tokens: false }).ids;
  const all = tokenizer.encode("a").ids;
  for (let at = 0; at + own.length <= all.length; at++) {
    if (own.every((id, index) => all[at + index] === id)) return all.length - own.length - at;
  }
  return 0;
}
