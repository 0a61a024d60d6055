import {
  clusterCentroids,
  type ClusterEvent,
  compareRuns,
  kmeans,
  matchIdentities,
  type NamedAssignment,
} from "#kernels/index.ts";
import type { PlantedEvent, PlantedHistory, PlantedRun } from "./planted-history.ts";

/** A run of the history as the kernels clustered it. */
export interface ClusteredRun {
  readonly run: PlantedRun;
  /** Cluster of each document of the run. */
  readonly labels: Int32Array;
  /** Group of each cluster: that of most of its documents. */
  readonly groupOf: readonly string[];
  readonly assignment: Omit<NamedAssignment, "ids">;
}

export interface HistoryFigures {
  readonly planted: number;
  /** Planted events that were told, of the right type and clusters. */
  readonly named: number;
  /** Events told that nobody planted. */
  readonly invented: readonly string[];
  readonly missed: readonly string[];
  /** Documents whose group nothing happened to, in both of two runs; and those of them whose cluster kept its id. */
  readonly unchanged: number;
  readonly kept: number;
  /** Documents in the cluster of their group. */
  readonly purity: number;
}

/** Clusters every run by k-means into as many clusters as it has groups, each by a seed of its own. */
export async function clusterHistory({ pool, runs }: PlantedHistory, seed: number): Promise<ClusteredRun[]> {
  const clustered: ClusteredRun[] = [];
  for (const [at, run] of runs.entries()) {
    const k = run.groups.length;
    const { labels } = await kmeans(run.x, { nClusters: k, nInit: 24, seed: seed + at });
    const { centroids } = await clusterCentroids(run.x, labels);
    const sizes = new Int32Array(k);
    const squares = new Float64Array(k);
    const votes = Array.from({ length: k }, () => new Int32Array(k));
    for (const [row, label] of labels.entries()) {
      sizes[label]!++;
      votes[label]![run.truth[row]!]!++;
      for (let c = 0; c < run.x.cols; c++) {
        squares[label]! += (run.x.data[row * run.x.cols + c]! - centroids.data[label * run.x.cols + c]!) ** 2;
      }
    }
    const everywhere = new Int32Array(pool).fill(-2);
    for (const [row, document] of run.documents.entries()) everywhere[document] = labels[row]!;
    clustered.push({
      run,
      labels,
      groupOf: votes.map((counts) => run.groups[counts.indexOf(Math.max(...counts))]!),
      assignment: { labels: everywhere, sizes, centroids, spreads: squares.map((sum, at) => Math.sqrt(sum / sizes[at]!)) }, // prettier-ignore
    });
  }
  return clustered;
}

/** Gives ids from run to run, and holds ids and events against what was planted. */
export function followHistory(clustered: readonly ClusteredRun[]): HistoryFigures {
  const named: NamedAssignment[] = [];
  const everBefore = new Set<number>();
  const missed: string[] = [];
  const invented: string[] = [];
  let [next, planted, right, unchanged, kept, pure, documents] = [0, 0, 0, 0, 0, 0, 0];
  for (const [at, { run, labels, groupOf, assignment }] of clustered.entries()) {
    const identities = matchIdentities(assignment, [...named].reverse());
    const ids = identities.map(({ id }) => id ?? next++);
    const now: NamedAssignment = { ...assignment, ids };
    for (const [row, label] of labels.entries()) {
      documents += 1;
      if (groupOf[label] === run.groups[run.truth[row]!]) pure += 1;
    }
    const before = named.at(-1);
    if (before) {
      const older = clustered[at - 1]!;
      const { events } = compareRuns(before, now, { returned: (id) => everBefore.has(id) });
      const names = namesOf(older, before, { groupOf, ids });
      const told = new Set(events.filter(({ type }) => type !== "moved").map((event) => tell(event, names)));
      for (const event of run.events) {
        planted += 1;
        const expected = plantedText(event);
        if (told.delete(expected)) right += 1;
        else missed.push(`run ${at}: ${expected}`);
      }
      invented.push(...[...told].map((text) => `run ${at}: ${text}`));
      const touched = new Set(run.events.flatMap(({ groups }) => groups));
      for (const [row, document] of run.documents.entries()) {
        const was = before.labels[document]!;
        if (was < 0 || touched.has(run.groups[run.truth[row]!]!)) continue;
        unchanged += 1;
        if (before.ids[was] === ids[labels[row]!]) kept += 1;
      }
    }
    for (const id of ids) everBefore.add(id);
    named.push(now);
  }
  return { planted, named: right, invented, missed, unchanged, kept, purity: pure / documents };
}

interface Names {
  readonly before: ReadonlyMap<number, string>;
  readonly after: ReadonlyMap<number, string>;
}

/** Groups of the ids in both runs. */
function namesOf(
  older: ClusteredRun,
  before: NamedAssignment,
  now: { readonly groupOf: readonly string[]; readonly ids: readonly number[] },
): Names {
  return {
    before: new Map(older.groupOf.map((group, at) => [before.ids[at]!, group])),
    after: new Map(now.groupOf.map((group, at) => [now.ids[at]!, group])),
  };
}

function tell({ type, id, parents, children }: ClusterEvent, { before, after }: Names): string {
  const own = before.get(id) ?? after.get(id)!;
  if (type === "split") return text(type, children.map((one) => after.get(one.id)!)); // prettier-ignore
  if (type === "merged") return text(type, parents.map((one) => before.get(one.id)!)); // prettier-ignore
  return text(type, [own]);
}

const plantedText = ({ type, groups }: PlantedEvent): string => text(type, groups);
const text = (type: string, groups: readonly string[]): string => `${type} ${[...groups].sort().join("+")}`;
