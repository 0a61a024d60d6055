import { drawDocuments, type Drawn } from "../../documents/sampling/draw-documents.ts";
import { readDrawnVectors } from "../../documents/sampling/read-drawn-vectors.ts";
import { DrawnNumbers } from "../../platform/drawn-numbers.ts";
import { SAMPLE_DOCUMENTS } from "../../runs/drift/leave-baseline.ts";
import type { DriftJob, DriftMetric } from "../../runs/drift/measure-drift.ts";
import { askChild } from "../../runs/process/ask-child.ts";
import type { ClaimedCheck } from "./check-lease.ts";
import type { Found } from "./finished-check.ts";
import type { Comparison, MeasureDeps } from "./measure.ts";

/** With fewer on the other side nothing can be told apart from chance; the smallest baseline that is compared with. */
const FEWEST_BASELINE = 20;

/**
 * Drift and quality: a uniform sample of today's documents against the one that the baseline's run has left, in a
 * process of its own. Rejects with what the process says is wrong.
 */
export async function measureVectors(
  deps: MeasureDeps,
  { triggerId, dueAt, condition }: ClaimedCheck,
  { definition, current, against }: Comparison,
  signal: AbortSignal,
): Promise<Found> {
  const { db, vectors: store, storageFolder } = deps;
  const seed = `${triggerId}/${dueAt.toISOString()}`;
  const numbers = new DrawnNumbers(seed);
  const drawn = await drawDocuments(db, current, SAMPLE_DOCUMENTS, numbers, signal);
  const sizes = { documents: drawn.of, baseline: against?.ref ?? null };
  if (drawn.of < condition.minDocuments) return { kind: "too_few", ...sizes };
  if (!against) return { kind: "no_baseline", ...sizes, details: approximateCount(drawn) };
  if (against.sample.documentIds.length < FEWEST_BASELINE) {
    // Nothing can be told from so few, and nothing would ever be: a run on what there is now can be measured against.
    const details = { baseline: against.ref, baseline_needed: FEWEST_BASELINE, ...approximateCount(drawn) };
    return { kind: "no_baseline", ...sizes, details };
  }
  const read = await readDrawnVectors(db.sql, store, current, drawn.documents);
  const job: DriftJob = {
    metric: condition.metric as DriftMetric,
    ...{ storageFolder, artifactPath: against.artifactPath, seed: numbers.below(2 ** 48) },
    normalizeFeatures: definition.normalizeFeatures,
    several: definition.several,
    current: {
      documents: drawn.of,
      features: current.features,
      documentIds: read.documents.map(({ documentId }) => documentId),
      collectionIds: read.documents.map(({ collectionId }) => collectionId),
      vectors: read.vectors,
    },
  };
  const { value, pValue, details } = await deps.turnstile.pass(() =>
    askChild(deps.pool, signal, (child) => child.measure(job)),
  );
  return {
    ...{ kind: "measured", value, pValue, met: null, ...sizes },
    details: { ...details, ...approximateCount(drawn) },
  };
}

function approximateCount({ isExact }: Drawn): Record<string, unknown> {
  return isExact ? {} : { documents_approximate: true };
}
