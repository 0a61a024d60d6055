const OPTION = /\b[a-z]+(?:[A-Z][a-z]+)+\b/g;

/** What a kernel says, with options under the names they have on the wire: `nComponents` is `n_components` there. */
export function wireWords(text: string): string {
  return text.replace(OPTION, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
