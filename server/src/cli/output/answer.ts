/** Prints a command's answer: as JSON for programs, else the text for people. */
export function printAnswer(
  options: { json?: boolean | undefined },
  data: unknown,
  text: () => string,
): void {
  process.stdout.write(options.json ? `${JSON.stringify(data, null, 2)}\n` : `${text()}\n`);
}

/** `2026-11-22 03:00:00Z`: an instant of the wire for people, or `-`. */
export function showInstant(instant: string | null | undefined): string {
  return instant == null ? "-" : instant.replace("T", " ").replace(/(\.\d+)?Z$/, "Z");
}

/** `1.2 s`, `3 min 20 s`: milliseconds for people, or `-`. */
export function showDuration(ms: number | null | undefined): string {
  if (ms == null) return "-";
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
