import { Random } from "../../kernels/src/random.ts";
import type { NamedAssignment } from "#kernels/index.ts";

export const DIMS = 64;

/** Two runs of `documents` documents and `clusters` clusters: 3 % moved, 2 % are new, 2 % are gone, clusters are renumbered. */
export function twoRuns(
  documents: number,
  clusters: number,
): { older: NamedAssignment; newer: NamedAssignment } {
  const random = Random.seeded(1);
  const older = new Int32Array(documents);
  const newer = new Int32Array(documents);
  const renumbered = random.distinct(clusters, clusters);
  for (let i = 0; i < documents; i++) {
    const group = random.below(clusters);
    const fate = random.uniform();
    older[i] = fate < 0.02 ? -2 : group;
    newer[i] = fate > 0.98 ? -2 : renumbered[fate > 0.95 ? random.below(clusters) : group]!;
  }
  const side = (labels: Int32Array, place: (cluster: number) => number): NamedAssignment => {
    const sizes = new Int32Array(clusters);
    for (const label of labels) if (label >= 0) sizes[label]!++;
    const centres = new Float32Array(clusters * DIMS);
    for (let cluster = 0; cluster < clusters; cluster++) {
      const own = Random.seeded(place(cluster), 7);
      for (let c = 0; c < DIMS; c++) centres[cluster * DIMS + c] = own.uniform();
    }
    return {
      labels,
      sizes,
      ids: Int32Array.from({ length: clusters }, (_, at) => place(at)),
      centroids: { data: centres, rows: clusters, cols: DIMS },
      spreads: new Float64Array(clusters).fill(1),
    };
  };
  const formerly = new Int32Array(clusters);
  for (const [before, after] of renumbered.entries()) formerly[after] = before;
  return { older: side(older, (cluster) => cluster), newer: side(newer, (cluster) => formerly[cluster]!) };
}
