/**
 * `npm test`: every test on PGlite, then those that touch the database again on a real PostgreSQL server, which it
 * starts itself. `npm test -- unit` leaves out the whole-process suites; `npm test -- FILE…` runs the given files.
 */
import { startPostgres, type PostgresServer } from "../test/factories/postgres-server.ts";
import { makePgliteImage, makePostgresTemplate } from "../test/factories/migrated-template.ts";
import { runTests, type Tally } from "./run-tests.ts";
import { databaseTests, runsAlone, unitTests, wholeTests } from "./test-suites.ts";

export async function testEverything(asked: readonly string[]): Promise<Tally> {
  const only = asked.filter((word) => word.endsWith(".ts"));
  const unit = only.length > 0 ? only.filter((file) => !file.startsWith("test/")) : unitTests();
  const whole =
    only.length > 0
      ? only.filter((file) => file.startsWith("test/"))
      : asked.includes("unit")
        ? []
        : wholeTests();
  const total: Tally = { passed: 0, failed: 0, skipped: [] };
  const add = (tally: Tally, where: string) => {
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped.push(...tally.skipped.map((name) => `${name} (${where})`));
  };

  const onPglite = { TEST_DATABASE: "pglite", TEST_PGLITE_IMAGE: await makePgliteImage() };
  console.log(`\n== on PGlite: ${unit.length + whole.length} files`);
  for (const part of parts([...unit, ...whole])) {
    add(await runTests(part.files, { concurrency: part.concurrency, env: onPglite }), "PGlite");
  }

  const again = databaseTests([...unit, ...whole]);
  const server = await startTestPostgres();
  if (typeof server === "string") {
    total.skipped.push(`all ${again.length} database test files on PostgreSQL: ${server}`);
    return total;
  }
  try {
    const onPostgres = { TEST_DATABASE: "postgres", TEST_POSTGRES_URL: server.url };
    console.log(`\n== on PostgreSQL: ${again.length} files`);
    for (const part of parts(again)) {
      add(await runTests(part.files, { concurrency: part.concurrency, env: onPostgres }), "PostgreSQL");
    }
  } finally {
    await server.stop();
  }
  return total;
}

/** Most files run two at a time. */
function parts(files: readonly string[]): { files: string[]; concurrency: number }[] {
  return [
    { files: files.filter((file) => !runsAlone(file)), concurrency: 2 },
    { files: files.filter(runsAlone), concurrency: 1 },
  ];
}

/** A server with the migrated template, or why there can be none here: the npm package has the common systems only. */
export async function startTestPostgres(): Promise<PostgresServer | string> {
  try {
    const server = await startPostgres(["fsync=off", "max_connections=200"]);
    await makePostgresTemplate(server.url);
    return server;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function printTally(tally: Tally): void {
  for (const name of tally.skipped) console.log(`skipped: ${name}`);
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
}

if (import.meta.main) {
  const tally = await testEverything(process.argv.slice(2));
  printTally(tally);
  process.exit(tally.failed > 0 || tally.passed === 0 ? 1 : 0);
}
