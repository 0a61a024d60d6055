/**
 * Loaded into a server before everything else (`--import`): its `Date`, and that of its child processes, is off by
 * RECLUSTER_TEST_CLOCK_SKEW_MS. Elapsed time stays as it is. Each process leaves a line in RECLUSTER_TEST_CLOCK_PROOF
 * that says what its clock shows.
 */
import { appendFileSync } from "node:fs";
import { basename } from "node:path";

const skewMs = Number(process.env.RECLUSTER_TEST_CLOCK_SKEW_MS ?? 0);
const realNow = Date.now;
const RealDate = Date;

RealDate.now = () => realNow() + skewMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now()] : args, newTarget) as object,
  apply: () => new Date().toString(),
});
Object.defineProperty(RealDate.prototype, "constructor", { value: globalThis.Date });

const proof = process.env.RECLUSTER_TEST_CLOCK_PROOF;
if (proof !== undefined) {
  const line = {
    script: basename(process.argv[1] ?? ""),
    /** When the process began by the host's clock, which nothing here shifts, and what it is told the time is. */
    real: performance.timeOrigin + performance.now(),
    now: Date.now(),
    created: new Date().getTime(),
  };
  appendFileSync(proof, `${JSON.stringify(line)}\n`);
}
