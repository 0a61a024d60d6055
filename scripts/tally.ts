import type { Outcome } from "./work.ts";

/** So many are printed: the slowest are where a run's time goes. */
const SLOWEST = 15;

/** What came of a whole run. */
export class Tally {
  passed = 0;
  failed = 0;
  readonly skipped: string[] = [];
  readonly #failures: string[] = [];
  readonly #seconds: { readonly name: string; readonly seconds: number }[] = [];

  add(name: string, seconds: number, { passed, failed, skipped }: Outcome): void {
    this.passed += passed;
    this.failed += failed;
    this.skipped.push(...skipped.map((one) => `${one} (${name})`));
    if (failed > 0) this.#failures.push(name);
    this.#seconds.push({ name, seconds });
  }

  /** The slowest, what was skipped, what failed; the counts are the last line. */
  print(): void {
    console.log("\nslowest:");
    const slowest = this.#seconds.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
    for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(0).padStart(5)} s  ${name}`);
    for (const name of this.skipped) console.log(`skipped: ${name}`);
    for (const name of this.#failures) console.log(`failed: ${name}`);
    console.log(`${this.passed} passed, ${this.failed} failed`);
  }
}
