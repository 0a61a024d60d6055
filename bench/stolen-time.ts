import { readFileSync } from "node:fs";

/**
 * Starts to count the processor time that other guests of the same host took: the function answers with their share of
 * the time since, 0 to 1, or undefined where the system does not say (proc(5): the eighth figure of `cpu` in /proc/stat).
 * Waiting times measured while it is high are the neighbours'.
 */
export function beginStolen(): () => number | undefined {
  const before = read();
  return () => {
    const now = read();
    if (!before || !now || now.total === before.total) return undefined;
    return (now.stolen - before.stolen) / (now.total - before.total);
  };
}

/** Ticks of all cores since the start of the system. */
function read(): { stolen: number; total: number } | undefined {
  let text: string;
  try {
    text = readFileSync("/proc/stat", "utf8");
  } catch {
    return undefined;
  }
  const ticks = /^cpu +([\d ]+)/m.exec(text)?.[1]?.split(" ").map(Number).slice(0, 8);
  if (ticks?.length !== 8) return undefined;
  return { stolen: ticks[7]!, total: ticks.reduce((sum, n) => sum + n, 0) };
}
