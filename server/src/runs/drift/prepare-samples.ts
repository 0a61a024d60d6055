import type { DriftSample } from "#kernels/index.ts";
import type { ClusterDefinition } from "../../clusters/definition.ts";
import { normalizer, type FeaturePart } from "../rules/normalize.ts";
import { joinFeatures, rowsWithDirection } from "../rules/rows-with-direction.ts";
import { takeRows } from "../rules/take-rows.ts";
import type { Baseline } from "./baseline-file.ts";

/** What a run of the definition does to the vectors it reads. */
export type SamplePreparation = Pick<ClusterDefinition, "normalizeFeatures" | "several">;

/** Both samples by the features that a run clusters as one. */
export interface DriftGroup {
  /** The feature, if each of several is clustered by itself. */
  readonly feature: string | null;
  readonly dimensions: number;
  readonly baseline: DriftSample;
  readonly current: DriftSample;
  /** Vectors without a direction: there is nothing to compare. */
  readonly zeroVectors: number;
}

/**
 * The samples as a run of the definition would see their vectors: features beside each other, normalised and weighted, or
 * each by itself. A document has the same number in both samples, whatever its vectors are.
 */
export function prepareGroups(
  { normalizeFeatures, several }: SamplePreparation,
  baseline: Baseline,
  current: Baseline,
): DriftGroup[] {
  const numbers = new Map<string, number>();
  const [before, now] = [baseline, current].map(({ documentIds, collectionIds }) =>
    Int32Array.from(documentIds, (id, at) => {
      const name = `${collectionIds[at]!}\n${id}`;
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    }),
  );
  const all = baseline.features.map((_, at) => at);
  const groups = several?.strategy === "independent" ? all.map((at) => [at]) : [all];
  return groups.map((features): DriftGroup => {
    const parts = features.map((at): FeaturePart => {
      const { name, dimensions } = baseline.features[at]!;
      return { feature: name, cols: dimensions, factor: Math.sqrt(several?.weights?.[name] ?? 1) };
    });
    const prepare = (sample: Baseline, documents: Int32Array) => {
      const joined = joinFeatures(features.map((at) => sample.vectors[at]!));
      const rows = rowsWithDirection(joined, parts, normalizeFeatures);
      const kept = rows.length === joined.rows ? joined : takeRows(joined, rows);
      const normalize = normalizer({ normalize: normalizeFeatures, parts, byCosine: false, nameOf: String });
      normalize(kept, (row) => rows[row]!);
      return { vectors: kept, documents: rows.map((row) => documents[row]!) };
    };
    const sides = { baseline: prepare(baseline, before!), current: prepare(current, now!) };
    return {
      feature: several?.strategy === "independent" ? parts[0]!.feature : null,
      dimensions: parts.reduce((sum, { cols }) => sum + cols, 0),
      ...sides,
      zeroVectors:
        baseline.documentIds.length +
        current.documentIds.length -
        sides.baseline.vectors.rows -
        sides.current.vectors.rows,
    };
  });
}
