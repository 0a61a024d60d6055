import { ABSENT } from "#kernels/index.ts";
import type { RunSide, SideCluster, SidePart } from "./run-side.ts";

/** Clusters of two runs that share no document among themselves. */
export interface Level {
  readonly feature: string | null;
  readonly isInnermost: boolean;
  readonly before: LevelSide;
  readonly after: LevelSide;
  readonly places: { readonly before: SidePart["places"]; readonly after: SidePart["places"] };
}

export interface LevelSide {
  readonly clusters: readonly SideCluster[];
  readonly positions: readonly number[];
  readonly labels: Int32Array;
}

/** Each feature, and within it each depth of groups inside groups: at each of them the clusters share no document. */
export function levelsOf(before: RunSide, after: RunSide): Level[] {
  const features = new Set([...before.parts, ...after.parts].map(({ feature }) => feature));
  return [...features].flatMap((feature) => {
    const length = [...after.parts, ...before.parts][0]?.labels.length ?? 0;
    const sides = [before, after].map((side) => {
      const part = side.parts.find((one) => one.feature === feature);
      return { side, labels: part?.labels ?? new Int32Array(length).fill(ABSENT), places: part?.places ?? new Map<number, number[]>() }; // prettier-ignore
    }) as [SideOfFeature, SideOfFeature];
    const places = { before: sides[0].places, after: sides[1].places };
    const depths = sides.map(({ side }) => depthsOf(side.clusters, feature)) as [Map<number, number>, Map<number, number>]; // prettier-ignore
    const deepest = [...depths[0].values(), ...depths[1].values()].reduce((most, depth) => Math.max(most, depth), 0); // prettier-ignore
    return Array.from({ length: deepest + 1 }, (_, depth): Level => {
      const [one, two] = sides.map(({ side, labels }, at) => levelSide(side, labels, depths[at]!, depth)) as [LevelSide, LevelSide]; // prettier-ignore
      return { feature, isInnermost: depth === deepest, before: one, after: two, places };
    });
  });
}

interface SideOfFeature {
  readonly side: RunSide;
  readonly labels: Int32Array;
  readonly places: SidePart["places"];
}

/** Of each of the feature's clusters, by position: 0 for the outermost. */
function depthsOf(clusters: readonly SideCluster[], feature: string | null): Map<number, number> {
  const at = new Map(clusters.map(({ number }, position) => [number, position]));
  const depths = new Map<number, number>();
  const depthOf = (position: number): number => {
    const known = depths.get(position);
    if (known !== undefined) return known;
    const { parent } = clusters[position]!;
    const depth = parent === null ? 0 : depthOf(at.get(parent)!) + 1;
    depths.set(position, depth);
    return depth;
  };
  for (const [position, cluster] of clusters.entries()) if (cluster.feature === feature) depthOf(position);
  return depths;
}

function levelSide(
  { clusters }: RunSide,
  labels: Int32Array,
  depths: ReadonlyMap<number, number>,
  depth: number,
): LevelSide {
  const positions = [...depths.keys()]
    .filter((position) => depths.get(position) === depth)
    .sort((a, b) => a - b);
  const at = new Map(clusters.map(({ number }, position) => [number, position]));
  const holder = Int32Array.from(clusters, (_, position) => {
    let one = position;
    while ((depths.get(one) ?? -1) > depth) one = at.get(clusters[one]!.parent!)!;
    return depths.get(one) === depth ? one : -1;
  });
  return { clusters, positions, labels: labels.map((label) => (label < 0 ? label : holder[label]!)) };
}
