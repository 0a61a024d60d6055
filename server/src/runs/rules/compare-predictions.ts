import { join } from "node:path";

import { eachMember } from "../artifacts/read-artifacts.ts";
import { RunRefused } from "../run-result.ts";

/** What a child process needs to say what a run made of documents whose clusters were predicted before it. */
export interface CompareJob {
  readonly storageFolder: string;
  /** Of the run, relative to the storage folder. */
  readonly artifactPath: string;
  readonly predictions: readonly Prediction[];
}

export interface Prediction {
  readonly collectionId: string;
  readonly documentId: string;
  /** By which of several features, if each was clustered by itself. */
  readonly feature: string | null;
  /** The <n> of `cl_<n>`; null for none. */
  readonly number: number | null;
}

export interface Compared {
  /** Predictions of documents that the run has read. */
  readonly settled: number;
  /** Those of which the run says the same. */
  readonly asPredicted: number;
}

/** Throws RunRefused `artifacts_gone`, and what reading the run's members throws. */
export async function comparePredictions(job: CompareJob): Promise<Compared> {
  try {
    return await compare(job);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new RunRefused("artifacts_gone", "The run's members are not there any more.");
  }
}

async function compare({ storageFolder, artifactPath, predictions }: CompareJob): Promise<Compared> {
  const open = new Map(predictions.map((prediction) => [keyOf(prediction), prediction.number]));
  let settled = 0;
  let asPredicted = 0;
  for await (const { collection_id, document_id, feature, cluster_id } of eachMember(
    join(storageFolder, artifactPath),
  )) {
    const key = keyOf({ collectionId: collection_id, documentId: document_id, feature });
    const number = open.get(key);
    if (number === undefined) continue;
    open.delete(key);
    settled++;
    if (cluster_id === (number === null ? null : `cl_${number}`)) asPredicted++;
    if (open.size === 0) break;
  }
  return { settled, asPredicted };
}

function keyOf({ collectionId, documentId, feature }: Omit<Prediction, "number">): string {
  return JSON.stringify([collectionId, documentId, feature]);
}
