/** What .ci/run runs after the install: the static checks and everything `npm test` runs, one tally. */
import { staticChecks } from "./static-checks.ts";
import { printTally, testEverything } from "./test.ts";

const checks = await staticChecks();
const tally = await testEverything([]);
for (const check of checks) {
  if (check.passed) tally.passed++;
  else tally.failed++;
}
printTally(tally);
process.exit(tally.failed > 0 ? 1 : 0);
