import { volumeChange } from "#kernels/index.ts";
import type { Sql } from "../../db/database.ts";
import type { CurrentDocuments } from "../../documents/sampling/current-documents.ts";
import { countStillThere } from "../../documents/sampling/still-there.ts";
import type { Found } from "./finished-check.ts";
import type { Against } from "./measure.ts";

/**
 * How much more or fewer documents there are: both counts are exact. How many of them are the same is told by looking
 * for those that the run has left a sample of.
 */
export async function measureVolume(
  run: Sql,
  current: CurrentDocuments,
  documents: number,
  { ref, sample }: Against,
): Promise<Found> {
  const drawn = sample.documentIds.length;
  const there = await countStillThere(run, current, sample);
  const before = ref.documents;
  const shared = drawn === 0 ? 0 : Math.min(documents, before, Math.round((before * there) / drawn));
  const { value, growth, churn } = volumeChange({ baseline: before, current: documents, shared });
  return {
    kind: "measured",
    value,
    pValue: null,
    met: null,
    documents,
    baseline: ref,
    details: {
      growth,
      churn,
      shared: { documents: shared, ...(drawn < before ? { sampled: { of: before, drawn } } : {}) },
    },
  };
}
