import { KernelError } from "../kernel-error.ts";

/** What counts as the same cluster, and what as an event. Shares are of documents that both runs have. */
export type IdentityOptions = {
  /**
   * More than this share of one of the two must lie in the other. Default 0.5: a majority, so that of the parts of a split
   * cluster, or the sources of a merged one, each can be the same as one other only (MONIC, Spiliopoulou et al. 2006).
   */
  readonly keepShare?: number;
  /**
   * The least Jaccard overlap that keeps an id. Default 0.1: the largest part of a cluster that fell into eleven, or a
   * cluster lost in one of eleven times its size, is not that cluster any more although its majority says so.
   */
  readonly keepJaccard?: number;
  /**
   * Above this Jaccard overlap, and if no other cluster took a part of it, the newest run alone decides. Default 0.5: no
   * cluster can have two such partners.
   */
  readonly clearJaccard?: number;
  /** What an overlap found one run further back counts for. Default 0.9: a run before last wins only if it fits clearly better. */
  readonly decay?: number;
  /** Of how many runs before, newest first, an id may come back. Default 5. */
  readonly runs?: number;
  /**
   * Below this share of documents that both runs have, on both sides, members say too little and centroids decide.
   * Default 0.2: with a fifth of the members left, the majority of them is still that of hundreds of documents in usual clusters.
   */
  readonly fewShared?: number;
  /**
   * The largest distance of centroids at which clusters are the same, in units of their spread (root mean square distance of
   * members to the centroid). Default 0.5: two draws of n members from one cloud lie sqrt(2 / n) apart whatever its shape and
   * dimensions, so eight members are enough.
   */
  readonly centroidReach?: number;
  /** The least share of a cluster that a part holds for it to be split. Default 0.1; a smaller part that stands alone is born. */
  readonly splitShare?: number;
  /** More than this share of a vanished cluster must lie in another for them to be merged. Default 0.5. */
  readonly mergeShare?: number;
  /**
   * The change of size that makes an event, relative to the size before. Default 0.2; a change below two standard deviations
   * of a count (2 sqrt(size)) never is one, so that small clusters do not grow and shrink all the time.
   */
  readonly growth?: number;
  /**
   * The shift of the centroid that makes an event, in units of the spread before. Default 0.25; and it must be twice what
   * another draw of members would give (see centroidReach).
   */
  readonly shift?: number;
};

export type FullIdentityOptions = Required<IdentityOptions>;

export const IDENTITY_DEFAULTS: FullIdentityOptions = {
  keepShare: 0.5,
  keepJaccard: 0.1,
  clearJaccard: 0.5,
  decay: 0.9,
  runs: 5,
  fewShared: 0.2,
  centroidReach: 0.5,
  splitShare: 0.1,
  mergeShare: 0.5,
  growth: 0.2,
  shift: 0.25,
};

/** With the defaults filled in. Throws KernelError `bad_parameter`. */
export function identityOptions(options: IdentityOptions): FullIdentityOptions {
  const full = { ...IDENTITY_DEFAULTS, ...options };
  for (const [name, value] of Object.entries(full)) {
    const most = name === "runs" ? 1000 : name === "centroidReach" || name === "growth" || name === "shift" ? Infinity : 1; // prettier-ignore
    const whole = name !== "runs" || (Number.isInteger(value) && value >= 1);
    if (value >= 0 && value <= most && whole) continue;
    throw new KernelError(
      "bad_parameter",
      `${name} is ${value}; give ${name === "runs" ? "a whole number from 1" : "a number from 0"} to ${most}.`,
    );
  }
  // Below one half a cluster could be clearly the same as two others.
  if (full.clearJaccard < 0.5) {
    throw new KernelError("bad_parameter", `clearJaccard is ${full.clearJaccard}; give 0.5 or more.`);
  }
  return full;
}
