import { KernelError } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";

/** The label of a document that a run did not have. Noise is -1. */
export const ABSENT = -2;

/** The clusters of one run. Documents have the same positions in all runs that are compared. */
export type RunAssignment = {
  /** Cluster of each document, -1 for noise, -2 (`ABSENT`) if the run did not have it. [documents] */
  readonly labels: Int32Array;
  /** Members of each cluster in its run, also those that stand at no position here. [clusters] */
  readonly sizes: ArrayLike<number>;
  /** [clusters, dimensions]; null where clusters have none, or if they cannot be compared with those of the other runs. */
  readonly centroids?: Matrix | null;
  /** Root mean square distance of each cluster's members to its centroid. [clusters] */
  readonly spreads?: ArrayLike<number> | null;
};

/** The same of a run whose clusters have ids: whole numbers from 0, each once. [clusters] */
export type NamedAssignment = RunAssignment & { readonly ids: ArrayLike<number> };

/** Throws KernelError `shape_mismatch`, `bad_parameter`, `not_finite`. */
export function checkAssignment(run: RunAssignment, name: string, documents: number): void {
  const { labels, sizes, centroids = null, spreads = null } = run;
  if (labels.length !== documents) {
    throw new KernelError(
      "shape_mismatch",
      `${name} labels ${labels.length} documents and the other run ${documents}; give both the same positions.`,
    );
  }
  for (let i = 0; i < documents; i++) {
    if (labels[i]! < ABSENT || labels[i]! >= sizes.length) {
      throw new KernelError(
        "bad_parameter",
        `${name} labels document ${i} with ${labels[i]}; it has the clusters 0 to ${sizes.length - 1}, -1 for noise and -2 for documents it did not have.`,
      );
    }
  }
  if (centroids !== null && centroids.rows > 0) checkMatrix(centroids, `${name}.centroids`);
  for (const [what, rows] of [
    ["centroids", centroids?.rows],
    ["spreads", spreads?.length],
  ] as const) {
    if (rows === undefined || rows === sizes.length) continue;
    throw new KernelError("shape_mismatch", `${name} has ${sizes.length} clusters and ${rows} ${what}.`);
  }
}

/** The same, and its ids. */
export function checkNamed(run: NamedAssignment, name: string, documents: number): void {
  checkAssignment(run, name, documents);
  const { ids, sizes } = run;
  const seen = new Set(Array.from(ids));
  if (ids.length !== sizes.length || seen.size !== ids.length) {
    throw new KernelError(
      "shape_mismatch",
      `${name} has ${sizes.length} clusters and ${seen.size} different ids; give each one of its own.`,
    );
  }
  for (const id of seen) {
    if (Number.isSafeInteger(id) && id >= 0) continue;
    throw new KernelError("bad_parameter", `${name} has the id ${id}; ids are whole numbers from 0.`);
  }
}
