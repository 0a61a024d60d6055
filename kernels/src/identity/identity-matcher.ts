import { bestFirst, bothPlaced, type Candidate, candidatesOf, shareFew } from "./candidates.ts";
import { nearestCentroids } from "./nearest-centroids.ts";
import { type FullIdentityOptions, type IdentityOptions, identityOptions } from "./options.ts";
import { type OverlapTable, overlapTable } from "./overlap-table.ts";
import { checkAssignment, checkNamed, type NamedAssignment, type RunAssignment } from "./run-assignment.ts";

/** Who a cluster is. */
export type Identity = {
  /** The id it keeps; null if it is new. */
  readonly id: number | null;
  /** What said so. */
  readonly by: "members" | "centroid" | null;
  /** Of how many runs before the id was taken: 0 is the newest. */
  readonly run: number | null;
  /** Documents it has in common with the cluster that had the id then. */
  readonly documents: number;
  /** Of those and of the documents that both runs had. 0 when the centroid decided. */
  readonly jaccard: number;
};

const NEW: Identity = { id: null, by: null, run: null, documents: 0, jaccard: 0 };

/**
 * Gives the clusters of a run the ids of those of the runs before that they continue, each id once.
 *
 * Runs are added newest first. A cluster that clearly is one of the newest run's (most members in common, and nobody else
 * took a part of it) keeps its id. What that leaves open is decided by the best overlaps with all runs added, an older
 * run's counting for less: so a cluster that was gone for a run, or lost in another, comes back under its own id. Where
 * members are hardly shared the centroids decide, if each of the two is the other's nearest. All else is new. Ties go to
 * more documents, the older id, the cluster with the oldest document.
 *
 * `add` takes time and memory in documents plus clusters, and keeps nothing of a run but pairs that overlap and its centroids.
 */
export class IdentityMatcher {
  readonly #current: RunAssignment;
  readonly #options: FullIdentityOptions;
  readonly #oldest: Float64Array;
  readonly #candidates: Candidate[] = [];
  readonly #placed: PlacedRun[] = [];
  #runs = 0;

  /**
   * @param keys a number that goes with each document wherever it stands, less for older ones; its position if left out
   * @throws KernelError `bad_parameter`, `shape_mismatch`, `not_finite`
   */
  constructor(current: RunAssignment, options: IdentityOptions = {}, keys: ArrayLike<number> | null = null) {
    this.#options = identityOptions(options);
    checkAssignment(current, "current", keys?.length ?? current.labels.length);
    this.#current = current;
    this.#oldest = new Float64Array(current.sizes.length).fill(Infinity);
    for (let i = 0; i < current.labels.length; i++) {
      const label = current.labels[i]!;
      if (label >= 0) this.#oldest[label] = Math.min(this.#oldest[label]!, keys ? keys[i]! : i);
    }
  }

  /** Whether a further, older run could still say something. */
  get isOpen(): boolean {
    if (this.#runs >= this.#options.runs) return false;
    const clear = new Set(this.#candidates.filter((one) => one.clear).map(({ cluster }) => cluster));
    return clear.size < this.#current.sizes.length;
  }

  /** Adds a run, the newest first. Throws KernelError `bad_parameter`, `shape_mismatch`, `not_finite`. */
  add(past: NamedAssignment): void {
    checkNamed(past, "past", this.#current.labels.length);
    const run = this.#runs++;
    if (run >= this.#options.runs) return;
    const table = overlapTable(past.labels, this.#current.labels, {
      before: past.sizes.length,
      after: this.#current.sizes.length,
    });
    this.#candidates.push(...candidatesOf(this.#current, past, table, run, this.#options));
    if (!bothPlaced(this.#current, past)) return;
    // Only the counts and the centroids are needed later.
    const { labels: _labels, ...rest } = past;
    this.#placed.push({ run, past: { ...rest, labels: new Int32Array(0) }, table });
  }

  /** Of each cluster. [clusters] */
  identities(): Identity[] {
    const identities = this.#current.sizes.length === 0 ? [] : Array.from(this.#oldest, () => NEW);
    const taken = new Set<number>();
    const give = (cluster: number, identity: Identity): void => {
      identities[cluster] = identity;
      taken.add(identity.id!);
    };
    const order = [...this.#candidates].sort(bestFirst(this.#oldest));
    for (const candidates of [order.filter(({ clear }) => clear), order]) {
      for (const { cluster, id, run, documents, jaccard } of candidates) {
        if (identities[cluster] !== NEW || taken.has(id)) continue;
        give(cluster, { id, by: "members", run, documents, jaccard });
      }
    }
    for (const placed of this.#placed) this.#byCentroids(placed, identities, taken, give);
    return identities;
  }

  #byCentroids(
    { run, past, table }: PlacedRun,
    identities: readonly Identity[],
    taken: ReadonlySet<number>,
    give: (cluster: number, identity: Identity) => void,
  ): void {
    const current = this.#current;
    const [own, theirs] = [current.centroids!, past.centroids!];
    const left = identities.some((identity, cluster) => {
      return identity === NEW && table.after[cluster]! < this.#options.fewShared * current.sizes[cluster]!;
    });
    if (!left || own.rows === 0 || theirs.rows === 0) return;
    const there = nearestCentroids(own, theirs, (a, b) => past.ids[a]! - past.ids[b]!);
    const back = nearestCentroids(theirs, own, (a, b) => this.#oldest[a]! - this.#oldest[b]!);
    for (let cluster = 0; cluster < own.rows; cluster++) {
      const before = there.nearest[cluster]!;
      const id = past.ids[before]!;
      if (identities[cluster] !== NEW || taken.has(id) || back.nearest[before] !== cluster) continue;
      if (!shareFew(current, past, table, { cluster, before }, this.#options)) continue;
      const spread = pooled(current.spreads?.[cluster] ?? 0, past.spreads?.[before] ?? 0);
      if (there.distances[cluster]! > this.#options.centroidReach * spread) continue;
      give(cluster, { id, by: "centroid", run, documents: 0, jaccard: 0 });
    }
  }
}

type PlacedRun = { readonly run: number; readonly past: NamedAssignment; readonly table: OverlapTable };

function pooled(a: number, b: number): number {
  return Math.sqrt((a * a + b * b) / 2);
}

/** The same from runs that are all at hand, newest first. */
export function matchIdentities(
  current: RunAssignment,
  past: readonly NamedAssignment[],
  options: IdentityOptions & { readonly keys?: ArrayLike<number> } = {},
): Identity[] {
  const { keys = null, ...rest } = options;
  const matcher = new IdentityMatcher(current, rest, keys);
  for (const run of past) {
    if (!matcher.isOpen) break;
    matcher.add(run);
  }
  return matcher.identities();
}
