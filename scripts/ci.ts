/** What .ci/run runs after the install: the static checks and everything `npm test` runs, one tally. */
import { staticChecks } from "./static-checks.ts";
import { testEverything } from "./test.ts";

const tally = await testEverything([], staticChecks());
tally.print();
process.exit(tally.failed > 0 ? 1 : 0);
