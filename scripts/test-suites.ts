import { globSync, readFileSync } from "node:fs";

const ignored = (file: string) => file.includes("node_modules") || file.startsWith("dist/");

/** Tests beside their source: fast, one file one idea. */
export function unitTests(): string[] {
  return globSync([
    "contract/**/*.test.ts",
    "kernels/**/*.test.ts",
    "server/**/*.test.ts",
    "client/**/*.test.ts",
    "scripts/**/*.test.ts",
  ])
    .filter((file) => !ignored(file))
    .sort();
}

/** Whole processes: conformance, crashes, several servers, the packed product, the documentation. */
export function wholeTests(): string[] {
  return globSync(["test/**/*.test.ts", "bench/**/*.test.ts"])
    .filter((file) => !ignored(file))
    .sort();
}

/** Those that measure memory and answering times, or need both cores to themselves: nothing runs beside them. */
export function runsAlone(file: string): boolean {
  return /^test\/(crash\/chaos|hostile-bodies)/.test(file);
}

/** What they compute does not depend on the database, and takes both cores; they use one as everything does. */
const COMPUTING = /^test\/(algorithms|labels|identity)\/|^test\/conditions\/digits/;

/** Those whose outcome depends on the database, which run once on each. */
export function databaseTests(files: readonly string[]): string[] {
  return files.filter(
    (file) => !COMPUTING.test(file) && /factories\/(database|server|tenant)/.test(readFileSync(file, "utf8")),
  );
}
