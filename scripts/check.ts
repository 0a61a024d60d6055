/**
 * `npm run check`: what to run before each commit: the static checks, and the unit tests that import what is about to be committed. Those
 * that take long are left to CI unless something in their own folder has changed, and so is everything on PGlite.
 * `npm run check -- main` looks at what has changed since another commit, `npm run check -- all` takes all unit tests.
 */
import { dirname } from "node:path";

import { changedFiles } from "./changed-files.ts";
import { staticChecks } from "./static-checks.ts";
import { Tally } from "./tally.ts";
import { startTestDatabases } from "./test-databases.ts";
import { takesLong, unitTests } from "./test-suites.ts";
import { touchedTests } from "./touched-tests.ts";
import { doWork } from "./work.ts";

const tally = new Tally();
const databases = await startTestDatabases();
try {
  const on = databases.noPostgres === null ? "PostgreSQL" : "PGlite";
  if (databases.noPostgres !== null) console.log(`on PGlite, since ${databases.noPostgres}`);
  const files = chosenTests(process.argv[2] ?? null);
  const works = [...staticChecks(), ...files.map((file) => databases.file(file, on))];
  await doWork([{ works, atOnce: 2 }], tally);
} finally {
  await databases.stop();
}
tally.print();
process.exit(tally.failed > 0 ? 1 : 0);

function chosenTests(asked: string | null): string[] {
  const all = unitTests();
  const changed = asked === "all" ? null : changedFiles(asked);
  if (asked !== null && asked !== "all" && changed === null)
    throw new Error(`Git knows no commit '${asked}'.`);
  if (asked === "all") return all;
  const touched = changed === null ? all : touchedTests(all, changed);
  const inFolder = (file: string) => changed?.some((path) => dirname(path) === dirname(file)) ?? false;
  const chosen = touched.filter((file) => !takesLong(file) || inFolder(file));
  const left = touched.length - chosen.length;
  console.log(
    `${chosen.length} of ${all.length} unit tests: ${all.length - touched.length} are not touched, ${left} take long and are left to CI`,
  );
  return chosen;
}
