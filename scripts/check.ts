/** `npm run check`: what to run before each commit, in about a minute and a half. The unit tests run on PGlite only. */
import { makePgliteImage } from "../test/factories/migrated-template.ts";
import { runTests } from "./run-tests.ts";
import { staticChecks } from "./static-checks.ts";
import { printTally } from "./test.ts";
import { unitTests } from "./test-suites.ts";

const checks = await staticChecks();
const tally = await runTests(unitTests(), {
  concurrency: 2,
  env: { TEST_DATABASE: "pglite", TEST_PGLITE_IMAGE: await makePgliteImage() },
});
for (const check of checks) {
  if (check.passed) tally.passed++;
  else tally.failed++;
}
printTally(tally);
process.exit(tally.failed > 0 ? 1 : 0);
