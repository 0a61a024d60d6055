/** Prints a line of the demo. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a heading, so that a reader finds the parts. */
export function section(title: string): void {
  const bold = process.stdout.isTTY ? `\u001b[1m${title}\u001b[0m` : title;
  say(`\n${bold}\n${"─".repeat(Math.min(title.length, 100))}`);
}
