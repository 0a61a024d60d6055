import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

import { every } from "../../platform/timers.ts";

const SAMPLE_MS = 200;

/**
 * Resident memory of a process in bytes; undefined when it has ended or the system does not tell. A run's memory is
 * mostly outside V8's heap, so only the operating system knows it.
 */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    if (process.platform === "linux") {
      const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, "latin1"))?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    }
    const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
    return Number(stdout.trim()) * 1024 || undefined;
  } catch {
    // The process went away between two samples; its exit is reported elsewhere.
    return undefined;
  }
}

export interface MemoryWatch {
  /** Highest sample so far, 0 before the first. */
  readonly peakBytes: number;
  stop(): void;
}

/** Samples a process's resident memory five times a second and calls `onExceeded` once if it is above `limitBytes`. */
export function watchMemory(pid: number, limitBytes: number, onExceeded: () => void): MemoryWatch {
  let peakBytes = 0;
  let busy = false;
  let exceeded = false;
  const sample = async (): Promise<void> => {
    busy = true;
    const bytes = (await residentBytes(pid)) ?? 0;
    busy = false;
    peakBytes = Math.max(peakBytes, bytes);
    if (bytes <= limitBytes || exceeded) return;
    exceeded = true;
    onExceeded();
  };
  const stop = every(SAMPLE_MS, () => {
    if (!busy) void sample();
  });
  return {
    get peakBytes() {
      return peakBytes;
    },
    stop,
  };
}
