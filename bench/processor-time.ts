/** Processor time and memory of processes, from /proc (Linux). */
import { readdirSync, readFileSync } from "node:fs";

const TICK_MS = 10;

/** User and system time of a process and its threads, in milliseconds (ticks of 10). */
export function processorMs(pid: number): number {
  const { user, system } = stat(pid);
  return user + system;
}

/** The same with all its children, the ended ones too: those it has waited for are counted at the parent. */
export function processorMsWithChildren(pid: number): number {
  const living = childrenOf(pid).reduce((sum, { user, system }) => sum + user + system, 0);
  const { user, system, endedUser, endedSystem } = stat(pid);
  return living + user + system + endedUser + endedSystem;
}

export function parentOf(pid: number): number {
  return stat(pid).parent;
}

/** Resident memory in megabytes. */
export function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line![1]) / 1024;
}

function childrenOf(pid: number) {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.flatMap((name) => {
    try {
      const process = stat(Number(name));
      return process.parent === pid ? [process] : [];
    } catch {
      return []; // ended since
    }
  });
}

function stat(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map((ticks) => ticks * TICK_MS);
  return {
    parent: fields[1]!,
    user: user!,
    system: system!,
    endedUser: endedUser!,
    endedSystem: endedSystem!,
  };
}
