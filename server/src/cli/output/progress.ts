import { SingleBar } from "cli-progress";

export interface Progress {
  /** Sets how much is done, in the unit of the total. */
  update(done: number, note?: string): void;
  finish(): void;
}

/**
 * A progress bar with rate and remaining time on a terminal; on anything else one line at the end, so that a log
 * holds no control characters.
 */
export function showProgress(
  label: string,
  total: number,
  unit: string,
  monotonicMs: () => number,
): Progress {
  const started = monotonicMs();
  const seconds = () => (monotonicMs() - started) / 1000;
  if (!process.stderr.isTTY) {
    let last = 0;
    return {
      update: (done) => (last = done),
      finish: () =>
        process.stderr.write(
          `${label}: ${last.toLocaleString("en-US")} ${unit} in ${seconds().toFixed(1)} s\n`,
        ),
    };
  }
  const bar = new SingleBar({
    format: `${label.padEnd(24)} {bar} {percentage}% | {value}/{total} ${unit} | {rate}/s | {eta_formatted} left {note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 28,
    hideCursor: true,
    stream: process.stderr,
    noTTYOutput: false,
  });
  bar.start(total, 0, { rate: "-", note: "" });
  return {
    update: (done, note = "") =>
      bar.update(done, { rate: Math.round(done / Math.max(seconds(), 0.001)).toLocaleString("en-US"), note }),
    finish: () => bar.stop(),
  };
}
