import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ExecutionChanges, ExecutionChangesSummary } from "#contract/changes.ts";

const NAME = "changes.json";

/** Writes what changed since the run before beside the run's other artifacts, and waits until it is on disk. */
export async function writeChanges(folder: string, changes: ExecutionChanges): Promise<void> {
  await mkdir(folder, { recursive: true });
  const handle = await open(join(folder, NAME), "w");
  try {
    await handle.writeFile(JSON.stringify(changes));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Undefined if the run was its cluster's first, or its files are gone. */
export async function readChanges(folder: string): Promise<ExecutionChanges | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, NAME), "utf8")) as ExecutionChanges;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

/** What is kept with the execution and told in the event. */
export function summaryOf(changes: ExecutionChanges): ExecutionChangesSummary {
  const { since_run_id, sentence, counts, documents } = changes;
  const { adjusted_rand_index, normalized_mutual_information } = changes;
  return { since_run_id, sentence, counts, documents, adjusted_rand_index, normalized_mutual_information };
}
