/**
 * Lower case as the filters mean it, which is what PostgreSQL's `lower(… collate "pg_c_utf8")` gives: each code point
 * by itself, to the one code point Unicode gives for it. No language's rules, no final sigma, no letter becomes two.
 * PostgreSQL 17 and 18 and Node differ in letters of the newest Unicode versions only.
 */
export function foldCase(text: string): string {
  let folded = "";
  for (const character of text) folded += foldCharacter(character);
  return folded;
}

export function foldCharacter(character: string): string {
  const lower = character.toLowerCase();
  // Only U+0130 becomes two code points, an i and a dot above it; Unicode's simple mapping is the i.
  return lower.length === character.length ? lower : String.fromCodePoint(lower.codePointAt(0)!);
}
