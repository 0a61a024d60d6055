import type { Outcome } from "./work.ts";

/** So many are printed: the slowest are where a run's time goes. */
const SLOWEST = 15;

/** So many lines of what failed are printed again: whoever has only the end of a long log learns why. */
const LINES_OF_FAILURE = 80;

/** What came of a whole run. */
export class Tally {
  passed = 0;
  failed = 0;
  readonly skipped: string[] = [];
  readonly #failures: { readonly name: string; readonly output: string }[] = [];
  readonly #seconds: { readonly name: string; readonly seconds: number }[] = [];

  add(name: string, seconds: number, { passed, failed, skipped, output }: Outcome): void {
    this.passed += passed;
    this.failed += failed;
    this.skipped.push(...skipped.map((one) => `${one} (${name})`));
    if (failed > 0) this.#failures.push({ name, output });
    this.#seconds.push({ name, seconds });
  }

  /** The slowest, what was skipped, what failed and how; the counts are the last line. */
  print(): void {
    console.log("\nslowest:");
    const slowest = this.#seconds.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
    for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(0).padStart(5)} s  ${name}`);
    for (const name of this.skipped) console.log(`skipped: ${name}`);
    for (const { name, output } of this.#failures) console.log(`\n✖ ${name}\n${endOf(output)}\n`);
    for (const { name } of this.#failures) console.log(`failed: ${name}`);
    console.log(`${this.passed} passed, ${this.failed} failed`);
  }
}

/** A test file's list of what failed, or the last lines of anything else. */
function endOf(output: string): string {
  const failures = output.lastIndexOf("✖ failing tests:");
  const lines = output.slice(Math.max(failures, 0)).trimEnd().split("\n");
  return (failures < 0 ? lines.slice(-LINES_OF_FAILURE) : lines.slice(0, LINES_OF_FAILURE)).join("\n");
}
