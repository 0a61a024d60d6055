import { readFile } from "node:fs/promises";

import { residentBytes } from "../../server/src/runs/process/resident-memory.ts";

const LOOK_MS = 100;

/** Highest resident memory since it was last asked for: of the server, of the processes of its runs, of all at once. */
export interface ProcessWatch {
  take(): { server_MB: number; run_MB: number; together_MB: number };
  stop(): void;
}

/** Looks ten times a second at a process and at those it has started, which only Linux tells. */
export function watchProcesses(pid: number): ProcessWatch {
  let peak = { server: 0, run: 0, together: 0 };
  const look = async () => {
    const server = (await residentBytes(pid)) ?? 0;
    let run = 0;
    for (const child of await childrenOf(pid)) run += (await residentBytes(child)) ?? 0;
    peak = {
      server: Math.max(peak.server, server),
      run: Math.max(peak.run, run),
      together: Math.max(peak.together, server + run),
    };
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return {
    take: () => {
      const { server, run, together } = peak;
      peak = { server: 0, run: 0, together: 0 };
      return {
        server_MB: megabytes(server),
        run_MB: megabytes(run),
        together_MB: megabytes(together),
      };
    },
    stop: () => clearInterval(timer),
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  try {
    const list = await readFile(`/proc/${pid}/task/${pid}/children`, "latin1");
    return list.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
