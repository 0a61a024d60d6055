/** A server that dies in the middle of a run: says its child's process id and kills itself. The job is its argument. */
import type { RunJob } from "../run-result.ts";
import { RunChild } from "./run-child.ts";

const child = new RunChild({ memoryBytes: 2 ** 31 });
await child.run(JSON.parse(process.argv[2]!) as RunJob, {
  onProgress: ({ stage }) => {
    if (stage !== "clustering") return;
    process.stdout.write(String(child.pid), () => process.kill(process.pid, "SIGKILL"));
  },
  allocateNumbers: () => Promise.resolve(0),
  nameClusters: () => Promise.resolve({ names: [], errors: [] }),
});
