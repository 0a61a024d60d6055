import { SingleBar } from "cli-progress";

export interface Progress {
  /** Sets how much is done, in the unit of the total. */
  update(done: number, note?: string): void;
  finish(): void;
}

/**
 * A progress bar with rate and remaining time on a terminal; on anything else one line at the end, so that a log
 * holds no control characters. `from`: how much was done before. A total
 * that nobody knows is null: then it only counts.
 */
export function showProgress(
  label: string,
  total: number | null,
  unit: string,
  monotonicMs: () => number,
  from = 0,
): Progress {
  const started = monotonicMs();
  const seconds = () => (monotonicMs() - started) / 1000;
  if (!process.stderr.isTTY) {
    let last = from;
    return {
      update: (done) => (last = done),
      finish: () =>
        process.stderr.write(
          `${label}: ${last.toLocaleString("en-US")} ${unit} in ${seconds().toFixed(1)} s\n`,
        ),
    };
  }
  const bar = new SingleBar({
    format:
      total === null
        ? `${label.padEnd(24)} {value} ${unit} | {rate}/s {note}`
        : `${label.padEnd(24)} {bar} {percentage}% | {value}/{total} ${unit} | {rate}/s | {eta_formatted} left {note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 28,
    hideCursor: true,
    stream: process.stderr,
    noTTYOutput: false,
  });
  bar.start(total ?? 0, from, { rate: "-", note: "" });
  return {
    update: (done, note = "") =>
      bar.update(done, {
        rate: Math.round((done - from) / Math.max(seconds(), 0.001)).toLocaleString("en-US"),
        note,
      }),
    finish: () => bar.stop(),
  };
}
