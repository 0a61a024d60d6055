import type { AttributeShare } from "#kernels/index.ts";

/** Characters of a value in a label. */
const VALUE_LENGTH = 60;
/** Values of a label that has more than one, and the share of the cluster at which they say enough. */
const MOST_VALUES = 3;
const ENOUGH = 0.8;

/**
 * `digit: 8`, or `digit: 4, 9` where no value alone is what most documents have: the attribute of the best value with as many of its
 * values as it takes to name most of the cluster, three at most. null if nothing stands out.
 */
export function attributeLabel(found: readonly AttributeShare[], paths: readonly string[]): string | null {
  const first = found[0];
  if (!first) return null;
  const values: string[] = [];
  let named = 0;
  for (const { attribute, value, share } of found) {
    if (attribute !== first.attribute) continue;
    if (named >= ENOUGH || values.length === MOST_VALUES) break;
    values.push(textOf(value));
    named += share;
  }
  return `${nameOf(paths[first.attribute]!)}: ${values.join(", ")}`;
}

/** `digit: 4`, each by itself. */
export function attributeKeywords(found: readonly AttributeShare[], paths: readonly string[]): string[] {
  return found.map(({ attribute, value }) => `${nameOf(paths[attribute]!)}: ${textOf(value)}`);
}

/** The last step of a path. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1) || path;
}

function textOf(value: AttributeShare["value"]): string {
  const text = String(value).replaceAll(/\s+/g, " ").trim();
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH).toWellFormed()}…` : text;
}
