import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** What every test depends on, whatever it imports. */
const EVERYTHING = /^(package(-lock)?\.json|tsconfig.*\.json|kernels\/package\.json|scripts\/)/;

/**
 * Of test files those that a change can touch: that import a changed file, or one that does, or read it or start it by a URL that
 * stands in their text.
 *
 * @param changed paths from `root`
 */
export function touchedTests(files: readonly string[], changed: readonly string[], root = "."): string[] {
  if (changed.some((path) => EVERYTHING.test(path))) return [...files];
  const needs = new Map<string, readonly string[]>();
  const needsOf = (file: string): readonly string[] => {
    let own = needs.get(file);
    if (!own) needs.set(file, (own = readNeeds(file, root)));
    return own;
  };
  const isChanged = (need: string) =>
    changed.some((path) => path === need || (need.endsWith("/") && path.startsWith(need)));
  return files.filter((file) => {
    const seen = new Set([file]);
    // A set goes on with what is added while it is walked.
    for (const need of seen) {
      if (isChanged(need)) return true;
      for (const next of needsOf(need)) seen.add(next);
    }
    return false;
  });
}

const IMPORTED = /(?:\bfrom|\bimport|\bimport\()\s*"([^"]+)"/g;
const BY_URL = /new URL\(\s*["`]([^"`$]+)["`],\s*import\.meta\.url/g;
const SIBLING = /siblingModule\(import\.meta\.url,\s*"([^"]+)"/g;

function readNeeds(file: string, root: string): string[] {
  const path = join(root, file);
  if (!file.endsWith(".ts") || !existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);
  const beside = (path: string) => normalize(join(dirname(file), path));
  return [
    ...all(IMPORTED).flatMap((name) => {
      if (name.startsWith(".")) return [beside(name)];
      const room = /^#(contract|kernels|client)\/(.+)$/.exec(name);
      return room ? [`${room[1]}/src/${room[2]}`] : [];
    }),
    ...all(BY_URL).map(beside),
    ...all(SIBLING).map((name) => beside(`./${name}.ts`)),
  ];
}
