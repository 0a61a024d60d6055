import { readFileSync } from "node:fs";

/** Names one life of one process: ids are used again, the pair of id and start is not (until the next boot). */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot at which the process started and the boot's id; null where the system does not tell. */
  readonly started: string | null;
}

export function processIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startedAt(process.pid) };
}

/** Whether the process that had this identity still lives. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return identity.started === null || startedAt(identity.pid) === identity.started;
}

function startedAt(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses and may hold spaces; the start time is field 22.
    const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
    // A zombie (state Z) has ended and only waits for its parent.
    return fields[0] === "Z" ? "ended" : `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}
