/**
 * `npm test`: every test on PGlite, and those that touch the database on a real PostgreSQL server, too, which it
 * starts itself. `npm test -- unit` leaves out the whole-process suites; `npm test -- FILE…` runs the given files.
 */
import { Tally } from "./tally.ts";
import { type DatabaseKind, startTestDatabases } from "./test-databases.ts";
import { databaseTests, runsAlone, unitTests, waits, wholeTests } from "./test-suites.ts";
import { doWork, type Work } from "./work.ts";

/**
 * Two files at a time, whatever their database, and a third beside them that only waits for most of its time; at the end those that
 * must have the machine to themselves.
 *
 * @param before done first, two at a time, while the first that waits does
 */
export async function testEverything(asked: readonly string[], before: readonly Work[] = []): Promise<Tally> {
  const tally = new Tally();
  const databases = await startTestDatabases();
  try {
    const files = filesOf(asked);
    const jobs: [string, DatabaseKind][] = files.map((file) => [file, "PGlite"]);
    const again = databaseTests(files);
    if (databases.noPostgres === null) for (const file of again) jobs.push([file, "PostgreSQL"]);
    else tally.skipped.push(`all ${again.length} database test files on PostgreSQL: ${databases.noPostgres}`);
    // By file, so that the short ones of both databases come last and fill both lanes to the end.
    jobs.sort(([a], [b]) => files.indexOf(a) - files.indexOf(b));
    const works = (of: (file: string) => boolean) =>
      jobs.filter(([file]) => of(file)).map(([file, on]) => databases.file(file, on));
    const together = (file: string) => !waits(file) && !runsAlone(file);
    await doWork(
      [
        { works: works(waits), atOnce: 1 },
        { works: [...before, ...works(together)], atOnce: 2 },
      ],
      tally,
    );
    await doWork([{ works: works(runsAlone), atOnce: 1 }], tally);
  } finally {
    await databases.stop();
  }
  return tally;
}

/** The whole-process suites take longest, so they come first. */
function filesOf(asked: readonly string[]): string[] {
  const only = asked.filter((word) => word.endsWith(".ts"));
  if (only.length > 0) return only;
  return asked.includes("unit") ? unitTests() : [...wholeTests(), ...unitTests()];
}

if (import.meta.main) {
  const tally = await testEverything(process.argv.slice(2));
  tally.print();
  process.exit(tally.failed > 0 || tally.passed === 0 ? 1 : 0);
}
