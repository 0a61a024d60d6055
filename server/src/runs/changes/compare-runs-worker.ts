/** The entry of a thread that compares two runs by their files: a million documents would hold up every request meanwhile. */
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";

import { type ComparedRun, compareSides } from "./compare-sides.ts";
import { DocumentRows } from "./document-rows.ts";
import { readDocumentNames, readRunSide } from "./run-side.ts";

export interface ComparisonJob {
  readonly storageFolder: string;
  readonly clusterId: string;
  readonly before: ComparedRun & { readonly artifactPath: string };
  readonly after: ComparedRun & { readonly artifactPath: string };
  /** Numbers that the older run lacks and that were there still earlier. */
  readonly returned: readonly number[];
}

async function compare({ storageFolder, clusterId, before, after, returned }: ComparisonJob) {
  const folder = join(storageFolder, after.artifactPath);
  const names = await readDocumentNames(folder);
  const index = new DocumentRows(names);
  const rows = { length: names.length, rowOf: index.rowOf.bind(index) };
  const sideOf = (path: string) => readRunSide(join(storageFolder, path), rows, { places: true });
  const known = new Set(returned);
  return compareSides({
    clusterId,
    before: { ...before, side: await sideOf(before.artifactPath) },
    after: { ...after, side: await sideOf(after.artifactPath) },
    names,
    returned: (number) => known.has(number),
  });
}

parentPort!.postMessage(await compare(workerData as ComparisonJob));
