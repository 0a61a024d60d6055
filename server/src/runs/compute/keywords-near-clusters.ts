import { keywordsNearby, type Matrix, nearestAmong } from "#kernels/index.ts";
import type { SnapshotDocuments } from "../../documents/snapshots/snapshot-reader.ts";
import { featuresRead } from "../features-read.ts";
import type { RunJob } from "../run-result.ts";
import { vectorsOf } from "./cluster-features.ts";
import type { FeatureGrouping } from "./join-groupings.ts";
import { normalizer } from "../rules/normalize.ts";

/** Documents with a text that are looked at, spread evenly over all: their vectors are in memory at once. */
const LOOKED_AT = 20_000;
/** Texts near a cluster's centre that give it words. */
const NEAR = 20;
/** Texts that say how usual a word is. */
const BACKGROUND = 5_000;

/**
 * Keywords of clusters whose documents have no text, where other documents of the run have one and their vectors lie in the
 * same space (pictures beside their captions): the words of the texts nearest to each centre. Empty for a cluster without a
 * centre, and where fewer than two documents have a text.
 *
 * @param clusters indices of clusters of the grouping
 */
export async function keywordsNearClusters(
  job: RunJob,
  documents: Pick<SnapshotDocuments, "length" | "vectorIds" | "texts">,
  { feature, grouping }: FeatureGrouping,
  clusters: readonly number[],
): Promise<string[][]> {
  const { texts } = documents;
  const placed = clusters.filter((cluster) => grouping.clusters[cluster]!.centre !== null);
  const rows = texts && spreadOver(documents.length, (row) => texts.get(row) !== "", LOOKED_AT);
  if (!rows || rows.length < 2 || placed.length === 0) return clusters.map(() => []);
  const all = featuresRead(job.manifest, job.definition);
  const { vectors, parts } = vectorsOf(
    job,
    documents,
    feature === null ? all : all.filter(({ name }) => name === feature),
  );
  const x: Matrix = await vectors.read(rows);
  const normalize = normalizer({
    ...{ normalize: job.definition.normalizeFeatures, parts, byCosine: false },
    nameOf: (document) => `document ${document}`,
  });
  normalize(x, (row) => rows[row]!);
  const centres = placed.map((cluster) => [...grouping.clusters[cluster]!.centre!]);
  const queries = { data: Float32Array.from(centres.flat()), rows: placed.length, cols: x.cols };
  const k = Math.min(NEAR, rows.length);
  const { indices, distances } = await nearestAmong(queries, x, { k, metric: "euclidean" });
  const places = placed.map((_, place) => ({
    texts: indices.subarray(place * k, (place + 1) * k),
    weights: weightsOf(distances.subarray(place * k, (place + 1) * k)),
  }));
  const background = spreadOver(rows.length, () => true, BACKGROUND);
  const { keywords } = keywordsNearby(places, (text) => texts.get(rows[text]!), background);
  return clusters.map((cluster) => keywords[placed.indexOf(cluster)] ?? []);
}

/**
 * 1 for the nearest, 1/e for one twice as far, and so on: in many dimensions, where all are about as far, they count about the
 * same; where a few are near, the others hardly count. Above 0 always.
 */
function weightsOf(distances: Float32Array): Float64Array {
  const nearest = distances[0]!;
  const scale = nearest > 0 ? nearest : (distances.find((distance) => distance > 0) ?? 1);
  return Float64Array.from(distances, (distance) => Math.max(1e-6, Math.exp((nearest - distance) / scale)));
}

/** Positions that count, or so many of them, one in each equal stretch; ascending. */
function spreadOver(length: number, counts: (position: number) => boolean, atMost: number): Int32Array {
  const positions: number[] = [];
  for (let position = 0; position < length; position++) if (counts(position)) positions.push(position);
  if (positions.length <= atMost) return Int32Array.from(positions);
  return Int32Array.from(
    { length: atMost },
    (_, i) => positions[Math.floor(((i + 0.5) * positions.length) / atMost)]!,
  );
}
