import { availableParallelism } from "node:os";

import { CONDENSED_MAX_ROWS } from "#kernels/agglomerative/options.ts";
import { fewestDocuments } from "../clusters/sample-size.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import type { Config } from "../platform/config.ts";
import { estimateRun, type RunEstimate, type VectorDefinition } from "./estimate-run.ts";
import { featuresRead } from "./features-read.ts";
import { RunRefused, type RunJob } from "./run-result.ts";

const MB = 1024 * 1024;
/** A time is known less well than a size: what would take about the limit is tried. */
const FAR_ABOVE = 3;
/** Of every document in a clustering that is done while another runs: label, distance, place and their order. */
const BYTES_A_MEMBERSHIP = 40;
/** A list of fewer neighbours takes hardly less. */
const FEW_NEIGHBOURS = 16;

interface Size {
  readonly documents: number;
  /** Of the vectors that are clustered at once; one number for each clustering, which follow each other. */
  readonly dimensions: readonly number[];
}
type Limits = Pick<Config, "runMemoryBytes" | "runSeconds">;

/**
 * Refuses (`too_large`) what would not fit into a run's memory, or would take far longer than it may, before it reads
 * anything: found out half way, it would be computed and killed three times. The message names what would fit. An estimate;
 * what it lets through by mistake ends as `out_of_memory` or `time_limit`.
 */
export function refuseTooLarge(
  snapshot: Pick<SnapshotManifest, "documents" | "features">,
  {
    method,
    featureName,
    several,
    ...settings
  }: Pick<RunJob["definition"], "method" | "featureName" | "several" | keyof VectorDefinition>,
  limits: Limits,
  cores = availableParallelism(),
): void {
  if (method.algorithm === "attribute_based") return;
  // What too few documents need to be more is not known; the run says how many it wants.
  if (snapshot.documents < fewestDocuments(method)) return;
  const features = featuresRead(snapshot, { method, featureName, several });
  const each = features.map(({ dimensions }) => dimensions);
  const together = each.reduce((sum, dimensions) => sum + dimensions, 0);
  const dimensions = several?.strategy === "independent" ? each : [together];
  const size = { documents: snapshot.documents, dimensions };
  const definition: VectorDefinition = { ...settings, method };
  // What is advised should be done in the time there is, not in what is tried at most.
  const advised = { ...limits, runSeconds: limits.runSeconds / FAR_ABOVE };
  const fits = (changed: Partial<VectorDefinition>): boolean =>
    whyNot(size, { ...definition, ...changed }, advised, cores) === null;
  const why = whyNot(size, definition, limits, cores);
  if (why === null) return;
  const instead = [...sampleThatFits(size, definition, fits), ...otherwise(definition, fits)];
  const advice =
    instead.length > 0
      ? `${capitalized(instead.join(" Or "))}${why.fixed ? "" : " Or raise the limit."}`
      : `${why.fixed ? "Take another linkage" : "Raise the limit"}; no sample_size would do.`;
  throw new RunRefused("too_large", `${what(size, definition)} ${why.text} ${advice}`);
}

/** A reason, and whether its limit is the method's own and none that a setting could raise. */
type Reason = { readonly text: string; readonly fixed: boolean };

function whyNot(size: Size, definition: VectorDefinition, limits: Limits, cores: number): Reason | null {
  const { method } = definition;
  const rows = fittedOf(size, definition);
  if (method.algorithm === "agglomerative" && rows > CONDENSED_MAX_ROWS) {
    const { linkage } = method.params;
    if (linkage === "complete" || linkage === "average") {
      const text = `are too many for linkage '${linkage}', which holds the distances of all pairs and takes ${count(CONDENSED_MAX_ROWS)} at most.`;
      return { text, fixed: true };
    }
  }
  const { bytes, seconds } = estimateAll(size, definition, cores);
  if (bytes > limits.runMemoryBytes) {
    const text = `need about ${megabytes(bytes)} of memory, and a run may take ${megabytes(limits.runMemoryBytes)} (RECLUSTER_RUN_MEMORY_MB).`;
    return { text, fixed: false };
  }
  if (seconds > FAR_ABOVE * limits.runSeconds) {
    const text = `need about ${duration(seconds)} on ${cores} cores, and a run may take ${duration(limits.runSeconds)} (RECLUSTER_RUN_SECONDS).`;
    return { text, fixed: false };
  }
  return null;
}

function estimateAll(
  { documents, dimensions }: Size,
  definition: VectorDefinition,
  cores: number,
): RunEstimate {
  const each = dimensions.map((own) => estimateRun({ documents, dimensions: own }, definition, cores));
  const kept = (each.length - 1) * documents * BYTES_A_MEMBERSHIP;
  return {
    bytes: Math.max(...each.map(({ bytes }) => bytes)) + kept,
    seconds: each.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

function fittedOf({ documents }: Size, { sampleSize }: VectorDefinition): number {
  return Math.min(sampleSize ?? documents, documents);
}

function what(size: Size, definition: VectorDefinition): string {
  const { documents } = size;
  const width = size.dimensions.join(" and of ");
  const rows = fittedOf(size, definition);
  const { algorithm } = definition.method;
  return rows < documents
    ? `A sample of ${count(rows)} of ${count(documents)} vectors of ${width} dimensions, clustered by ${algorithm},`
    : `${count(documents)} vectors of ${width} dimensions, clustered all at once by ${algorithm},`;
}

/** The largest sample of two digits that would fit, if there is one. */
function sampleThatFits(
  size: Size,
  { method }: VectorDefinition,
  fits: (changed: Partial<VectorDefinition>) => boolean,
): string[] {
  const fewest = fewestDocuments(method);
  const fitting = largestThatFits(fewest, size.documents, (sampleSize) => fits({ sampleSize }));
  if (fitting === null) return [];
  return [
    `Set sample_size to ${count(fitting)} or less: the clusters are found on so many documents and the others are assigned.`,
  ];
}

/** The largest value of two digits, from `least` to below `most`, that fits; null if the least does not. */
function largestThatFits(least: number, most: number, fits: (value: number) => boolean): number | null {
  if (!fits(least)) return null;
  let low = least;
  let high = most;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return Math.max(least, twoDigits(low));
}

/** Other settings of which one alone would do. */
function otherwise(
  { method, reduce, centroid, coordinates }: VectorDefinition,
  fits: (changed: Partial<VectorDefinition>) => boolean,
): string[] {
  const advice: string[] = [];
  const tell = (changed: Partial<VectorDefinition>, text: string): void => {
    if (fits(changed)) advice.push(text);
  };
  if (!reduce) {
    tell(
      { reduce: { method: "pca", dims: 50, whiten: false } },
      'set reduce to {"method": "pca", "dims": 50}.',
    );
  } else if (reduce.method === "umap") {
    tell({ reduce: { method: "pca", dims: reduce.dims, whiten: false } }, "reduce by pca.");
  }
  if (coordinates?.method === "umap") {
    tell(
      { coordinates: { method: "pca", dims: coordinates.dims, from_previous: false } },
      "make the coordinates by pca.",
    );
  }
  if (centroid === "medoid") tell({ centroid: "mean" }, "take the mean for effective_feature_method.");
  if (method.algorithm === "kmeans" && method.params.n_init > 1) {
    tell({ method: { ...method, params: { ...method.params, n_init: 1 } } }, "set n_init to 1.");
  }
  if (method.algorithm === "gaussian_mixture") {
    const { params } = method;
    const by = (changed: Partial<typeof params>) => ({
      method: { ...method, params: { ...params, ...changed } },
    });
    if (params.covariance_type === "full")
      tell(by({ covariance_type: "diag" }), "set covariance_type to 'diag'.");
    if (params.n_init > 1) tell(by({ n_init: 1 }), "set n_init to 1.");
    if (params.max_iter > 100) tell(by({ max_iter: 100 }), "set max_iter to 100.");
    const fewer = largestThatFits(1, params.n_components, (n_components) => fits(by({ n_components })));
    if (fewer !== null && fewer < params.n_components) advice.push(`lower n_components to ${count(fewer)}.`);
  }
  if (method.algorithm === "dbscan" && method.params.min_samples > FEW_NEIGHBOURS) {
    const params = { ...method.params, min_samples: FEW_NEIGHBOURS };
    tell({ method: { ...method, params } }, `lower min_samples to ${FEW_NEIGHBOURS}.`);
  }
  if (method.algorithm === "hdbscan") {
    const { min_samples: given, min_cluster_size } = method.params;
    const params = { ...method.params, min_samples: FEW_NEIGHBOURS };
    if ((given ?? min_cluster_size) > FEW_NEIGHBOURS) {
      tell({ method: { ...method, params } }, `set min_samples to ${FEW_NEIGHBOURS}.`);
    }
  }
  if (method.algorithm === "agglomerative" && ["complete", "average"].includes(method.params.linkage)) {
    tell(
      { method: { ...method, params: { ...method.params, linkage: "ward", affinity: "euclidean" } } },
      "take linkage 'ward'.",
    );
  }
  return advice;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function megabytes(bytes: number): string {
  return `${count(Math.round(bytes / MB))} MB`;
}

function duration(seconds: number): string {
  return seconds < 10_000 ? `${count(Math.round(seconds))} s` : `${count(Math.round(seconds / 3600))} h`;
}

/** Down to two digits: 123,456 is 120,000. */
function twoDigits(value: number): number {
  if (value < 1) return 0;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.floor(value / unit) * unit;
}
