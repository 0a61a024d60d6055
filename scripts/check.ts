/**
 * `npm run check`: what to run before each commit. The unit tests run on PostgreSQL, where a database for each file is a
 * copy and not a start; `npm test` has them on PGlite, too. Where PostgreSQL cannot start they run on PGlite.
 */
import { makePgliteImage } from "../test/factories/migrated-template.ts";
import { runTests } from "./run-tests.ts";
import { staticChecks } from "./static-checks.ts";
import { printTally, startTestPostgres } from "./test.ts";
import { unitTests } from "./test-suites.ts";

const checks = await staticChecks();
const server = await startTestPostgres();
if (typeof server === "string") console.log(`on PGlite, since ${server}`);
const env =
  typeof server === "string"
    ? { TEST_DATABASE: "pglite", TEST_PGLITE_IMAGE: await makePgliteImage() }
    : { TEST_DATABASE: "postgres", TEST_POSTGRES_URL: server.url };
const tally = await runTests(unitTests(), { concurrency: 2, env });
if (typeof server !== "string") await server.stop();
for (const check of checks) {
  if (check.passed) tally.passed++;
  else tally.failed++;
}
printTally(tally);
process.exit(tally.failed > 0 ? 1 : 0);
