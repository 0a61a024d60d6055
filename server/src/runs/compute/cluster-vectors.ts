import { clusterCentroids, drawRows, type Matrix } from "#kernels/index.ts";
import { metricOf, type VectorMethod } from "../../clusters/methods/index.ts";
import { USUAL_COORDINATES } from "../../clusters/methods/steps.ts";
import type { VectorSource } from "../../documents/snapshots/snapshot-reader.ts";
import { reduceBy } from "../rules/reduction-rule.ts";
import { relabel } from "../rules/relabel.ts";
import { noiseRule, settleNoise } from "../rules/settle-noise.ts";
import { labeling } from "../rules/vector-rule.ts";
import type { RunJob } from "../run-result.ts";
import { type AllDocuments, assignOthers, fillIn } from "./assign-others.ts";
import { centreDistances } from "../rules/centre-distances.ts";
import { clusteringNotes } from "./clustering-notes.ts";
import { findClusters } from "./find-clusters.ts";
import type { Grouping, StepProgress } from "./grouping.ts";
import { largestFirst } from "./largest-first.ts";
import { measureQuality } from "./measure-quality.ts";
import { type FeaturePart, normalizer, refuseReducedToZero } from "../rules/normalize.ts";
import { placeOnMap } from "./place-on-map.ts";
import type { PreviousResult } from "./read-previous.ts";
import { reduceVectors } from "./reduce-vectors.ts";
import { refuseTooFew, refuseTooManyClusters } from "./refuse-counts.ts";
import { takeRows } from "../rules/take-rows.ts";
import { turnMap } from "./turn-map.ts";

export interface VectorClustering {
  readonly vectors: VectorSource;
  /** The features that the vectors are made of, in that order. */
  readonly parts: readonly FeaturePart[];
  readonly method: VectorMethod;
  readonly definition: Omit<RunJob["definition"], "method" | "featureName" | "several">;
  readonly seed: number;
  readonly previous: PreviousResult;
  /** For messages. */
  readonly featureName: string | null;
  readonly filters: object | null;
  readonly nameOf: (document: number) => string;
}

export interface ClusteringSteps {
  readonly reading: StepProgress;
  readonly reducing: StepProgress;
  readonly clustering: StepProgress;
  readonly measuring: StepProgress;
  readonly mapping: StepProgress;
  readonly assigning: StepProgress;
}

/**
 * Reduces, clusters, measures and maps vectors; clusters come largest first. With a sample all that is done with the
 * sample alone, and every other document, whose vectors are never in memory together, gets cluster, distance and place by
 * the rules for new ones. Centres, distances and measures are in the space of the vectors, not in that of the reduction.
 * Throws RunRefused or KernelError.
 */
export async function clusterVectors(input: VectorClustering, steps: ClusteringSteps): Promise<Grouping> {
  const { vectors, method, definition, seed, previous } = input;
  const { documents } = vectors;
  refuseTooFew(input);
  const { sampleSize = null, reduce = null, coordinates: mapStep = USUAL_COORDINATES } = definition;
  const sample =
    sampleSize === null || sampleSize >= documents ? null : drawRows(sampleSize, documents, seed);
  const x = await vectors.read(sample, (done, total) => steps.reading(done / total));
  const metric = metricOf(method);
  const preparation = {
    normalize: definition.normalizeFeatures,
    parts: input.parts,
    byCosine: [reduce ?? { metric }, mapStep].some(
      (step) => step && "metric" in step && step.metric === "cosine",
    ),
  };
  const normalize = normalizer({ ...preparation, nameOf: input.nameOf });
  const documentOf = (row: number) => (sample ? sample[row]! : row);
  normalize(x, documentOf);

  const reduced = await reduceVectors(x, reduce, { seed, onProgress: steps.reducing });
  const byDirection = reduce !== null && metric === "cosine";
  if (byDirection) refuseReducedToZero(reduced.rows, documentOf, input.nameOf);
  const start = previous.centres;
  const found = await findClusters(reduced.rows, method, { seed, start, onProgress: steps.clustering });
  refuseTooManyClusters(found.clusters, method);
  const ofNoise = definition.reassignNoise ? await noiseRule(reduced.rows, found.labels, metric) : null;
  const settled = ofNoise ? await settleNoise(ofNoise, reduced.rows, found.labels) : found.labels;
  const { labels: names, centroids } = await clusterCentroids(x, settled, {
    method: definition.centroid ?? "mean",
  });
  const labels = relabel(settled, names);
  const quality = await measureQuality(x, labels, {
    // A reduction's directions are not those of the vectors.
    ...{ metric: reduce ? "euclidean" : metric, seed, onProgress: steps.measuring },
  });
  const before = previous.places && sample ? takeRows(previous.places, sample) : previous.places;
  const map = mapStep && (await placeOnMap(x, mapStep, before, { seed, onProgress: steps.mapping }));

  const all = emptyAnswers(documents, map?.coordinates.cols ?? null);
  fillIn(all, sample ?? Int32Array.from({ length: documents }, (_, document) => document), {
    ...{ labels, distances: centreDistances(x, labels, centroids), coordinates: map?.coordinates ?? null },
  });
  let { inertia } = found.figures;
  if (sample) {
    await labeling({ clusters: found.rule, noise: ofNoise, names, centroids }, (label) =>
      assignOthers({
        ...{ vectors, sample, all, normalize, onProgress: steps.assigning },
        assign: async (others, whose) => {
          const rows = await reduceBy(reduced.rule, others);
          if (byDirection) refuseReducedToZero(rows, whose, input.nameOf);
          const found = await label(rows, others);
          if (inertia !== undefined) inertia += found.inertia!;
          return { ...found, coordinates: map && (await map.place(others)) };
        },
      }),
    );
  }
  const turned =
    all.coordinates && previous.places && mapStep?.method === "pca"
      ? turnMap(all.coordinates, previous.places)
      : null;
  const { order, sizes } = largestFirst(all.labels, names.length);
  const noise = countNoise(all.labels);
  return {
    labels: relabel(all.labels, order),
    distances: all.distances,
    coordinates: turned?.coordinates ?? all.coordinates,
    rule: {
      ...{ ...preparation, byDirection, reduction: reduced.rule, clusters: found.rule, noise: ofNoise },
      ...{ names: order.map((label) => names[label]!), centroids: takeRows(centroids, order) },
    },
    clusters: Array.from(order, (cluster) => ({
      ...{ size: sizes[cluster]!, parent: null, attributes: null, name: null },
      centre: takeRows(centroids, Int32Array.of(cluster)).data,
    })),
    metrics: {
      ...quality,
      ...found.figures,
      ...(inertia === undefined ? {} : { inertia }),
      ...{ noise_share: noise / documents, seed },
      approximate: quality.approximate || reduced.approximate || sample !== null,
      notes: [
        ...previous.notes,
        ...reduced.notes,
        ...clusteringNotes({
          ...{ method, found, documents, seed, clusters: names.length, sampled: sample?.length ?? null },
          ...{ settled: ofNoise === null ? null : countNoise(found.labels), noise },
        }),
        ...quality.notes,
        ...(map?.notes ?? []),
        ...(turned && turned.shared > 0
          ? [
              `The map is turned onto that of the run before by the ${turned.shared} documents that both have.`,
            ]
          : []),
      ],
    },
  };
}

function emptyAnswers(documents: number, dims: number | null): AllDocuments {
  const labels = new Int32Array(documents).fill(-1);
  const distances = new Float32Array(documents).fill(NaN);
  if (dims === null) return { labels, distances, coordinates: null };
  const coordinates: Matrix = { data: new Float32Array(documents * dims), rows: documents, cols: dims };
  return { labels, distances, coordinates };
}

function countNoise(labels: Int32Array): number {
  return labels.reduce((count, label) => (label < 0 ? count + 1 : count), 0);
}
