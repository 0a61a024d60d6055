import { type Identity, IdentityMatcher, type Matrix, type RunAssignment } from "#kernels/index.ts";
import { attributeKey } from "./attribute-key.ts";
import type { RunSide, SideCluster, SidePart } from "./run-side.ts";

/** A cluster that has no number yet. */
export type UnnamedCluster = Omit<SideCluster, "number" | "label" | "labelFit" | "byModel" | "parent">;

/** Who a cluster is, and what was said of it then. */
export interface KnownCluster {
  readonly identity: Identity;
  readonly before: SideCluster;
}

/** A run before, read when it is asked for; undefined if its files are gone. */
export type EarlierSide = () => Promise<RunSide | undefined>;

/**
 * Finds which clusters are those of the runs before, newest first, each only among those of its feature: by members and
 * centroids, or for groups of equal attributes by the values. A run is read only while an older one could say something.
 *
 * @param parts by position in `clusters`
 * @param earlier at most as many as identity looks back
 * @returns for each cluster the one it continues, undefined if it is new
 */
export async function findKnown(
  clusters: readonly UnnamedCluster[],
  parts: readonly Pick<SidePart, "feature" | "labels">[],
  earlier: readonly EarlierSide[],
): Promise<(KnownCluster | undefined)[]> {
  return clusters.some(({ attributes }) => attributes !== null)
    ? byValues(clusters, earlier)
    : byMembers(clusters, parts, earlier);
}

async function byValues(
  clusters: readonly UnnamedCluster[],
  earlier: readonly EarlierSide[],
): Promise<(KnownCluster | undefined)[]> {
  const known = clusters.map((): KnownCluster | undefined => undefined);
  for (const [run, read] of earlier.entries()) {
    if (known.every((one) => one !== undefined)) break;
    const side = await read();
    const byKey = new Map(side?.clusters.map((cluster) => [attributeKey(cluster.attributes), cluster]));
    const taken = new Set(known.map((one) => one?.before.number));
    for (const [at, cluster] of clusters.entries()) {
      const before = byKey.get(attributeKey(cluster.attributes));
      if (!before || known[at] || before.attributes === null || taken.has(before.number)) continue;
      known[at] = { before, identity: { id: before.number, by: null, run, documents: 0, jaccard: 0 } };
    }
  }
  return known;
}

async function byMembers(
  clusters: readonly UnnamedCluster[],
  parts: readonly Pick<SidePart, "feature" | "labels">[],
  earlier: readonly EarlierSide[],
): Promise<(KnownCluster | undefined)[]> {
  const matchers = parts.map(({ feature, labels }) => {
    const own = positionsOf(clusters, feature);
    return { feature, own, matcher: new IdentityMatcher(assignment(clusters, own, labels)) };
  });
  const sides: (readonly SideCluster[])[] = [];
  const ofRun = new Map<IdentityMatcher, number[]>(matchers.map(({ matcher }) => [matcher, []]));
  for (const read of earlier) {
    if (matchers.every(({ matcher }) => !matcher.isOpen)) break;
    const side = await read();
    if (!side) continue;
    sides.push(side.clusters);
    for (const { feature, matcher } of matchers) {
      const part = side.parts.find((one) => one.feature === feature);
      if (!part || !matcher.isOpen) continue;
      const theirs = positionsOf(side.clusters, feature);
      const ids = theirs.map((at) => side.clusters[at]!.number);
      matcher.add({ ...assignment(side.clusters, theirs, part.labels), ids });
      ofRun.get(matcher)!.push(sides.length - 1);
    }
  }
  const known = clusters.map((): KnownCluster | undefined => undefined);
  for (const { own, matcher } of matchers) {
    for (const [at, identity] of matcher.identities().entries()) {
      if (identity.run === null) continue;
      const side = sides[ofRun.get(matcher)![identity.run]!]!;
      known[own[at]!] = { identity, before: side.find(({ number }) => number === identity.id)! };
    }
  }
  return known;
}

/** Which of the clusters are of the feature. */
export function positionsOf(
  clusters: readonly Pick<SideCluster, "feature">[],
  feature: string | null,
): number[] {
  return clusters.flatMap((cluster, at) => (cluster.feature === feature ? [at] : []));
}

/** Clusters at `positions` as the kernels take them, their labels counted from 0. */
export function assignment(
  clusters: readonly Pick<SideCluster, "size" | "centre" | "spread">[],
  positions: readonly number[],
  labels: Int32Array,
): RunAssignment {
  const among = new Int32Array(clusters.length).fill(-1);
  for (const [at, position] of positions.entries()) among[position] = at;
  const own = positions.map((at) => clusters[at]!);
  return {
    labels: labels.map((label) => (label < 0 ? label : among[label]!)),
    sizes: own.map(({ size }) => size),
    centroids: centresOf(own),
    spreads: own.map(({ spread }) => spread ?? 0),
  };
}

/** Null if one of them has none, or another length. */
function centresOf(clusters: readonly Pick<SideCluster, "centre">[]): Matrix | null {
  const cols = clusters[0]?.centre?.length ?? 0;
  if (cols === 0 || clusters.some(({ centre }) => centre?.length !== cols)) return null;
  const data = new Float32Array(clusters.length * cols);
  for (const [row, { centre }] of clusters.entries()) data.set(centre!, row * cols);
  return { data, rows: clusters.length, cols };
}
