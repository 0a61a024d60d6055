import type { Labeling } from "../clusters/labeling.ts";

/** One cluster of a run as a language model gets to know it. Texts are users' data. */
export interface ClusterToName {
  /** Its position among the run's clusters. */
  readonly index: number;
  readonly documents: number;
  /** What its documents are about, found without a model, best first. */
  readonly keywords: readonly string[];
  /** Texts of documents of it: the nearest to its centre, then some of its edges. */
  readonly samples: readonly string[];
  /** The cluster, by index, whose centre lies in nearly the same direction; -1 if there is none, or it was not asked for. */
  readonly partner: number;
  /** The label that it keeps: it is not asked for, but no other may be like it. Null: it needs one. */
  readonly keptLabel: string | null;
}

export interface NameRequest {
  readonly labeling: Labeling;
  readonly clusters: readonly ClusterToName[];
}

export interface ClusterName {
  readonly label: string;
  readonly summary: string | null;
  readonly keywords: readonly string[] | null;
}

/** Why a cluster, or all of them (null), has no name by the model. */
export interface NameError {
  readonly index: number | null;
  readonly message: string;
}

export interface NamesAnswer {
  /** By the clusters' positions in the request; null where there is none, and for those that keep their labels. */
  readonly names: readonly (ClusterName | null)[];
  readonly errors: readonly NameError[];
}
