import type { DistanceEngine } from "../engine/distance-engine.ts";
import type { NeighbourLists } from "../neighbours/neighbour-lists.ts";
import { nearestClusters } from "./nearest-clusters.ts";
import type { FoundMerges } from "./order-merges.ts";
import { WardCandidates } from "./ward-candidates.ts";
import type { WardClusters } from "./ward-clusters.ts";

/**
 * Merges by reciprocal nearest neighbours: two clusters that are each other's nearest are merged sooner or later whatever
 * else is merged (Ward's distance is reducible; Bruynooghe 1978), so each round merges all such pairs at once. Only merged
 * clusters, and those whose nearest was merged, look for their nearest again: in their candidates, or if these cannot tell
 * among all clusters, in one product together.
 *
 * @param lists of single rows
 * @param scale of squared distances
 */
export async function wardMerges(
  engine: DistanceEngine,
  clusters: WardClusters,
  lists: NeighbourLists,
  scale: number,
  checkpoint: (fraction: number) => void,
): Promise<FoundMerges> {
  const rows = clusters.count;
  const found: FoundMerges = {
    from: new Int32Array(rows - 1),
    to: new Int32Array(rows - 1),
    heights: new Float64Array(rows - 1),
  };
  const nearest = new Int32Array(rows).fill(-1);
  const candidates = new WardCandidates(clusters, lists);
  let names = Int32Array.from({ length: rows }, (_, row) => row);
  while (clusters.count > 1) {
    checkpoint(1 - ((clusters.count - 1) / rows) ** 2);
    const unknown: number[] = [];
    for (const name of names) {
      // -1: not asked yet, or asked of a cluster that was merged.
      if (nearest[name] !== -1 && nearest[nearest[name]!] !== -1 && clusters.sizes[nearest[name]!] !== 0)
        continue;
      unknown.push(name);
    }
    const wanted = unknown.filter((name) => (nearest[name] = candidates.nearest(name)) === -1);
    await nearestClusters(engine, clusters, candidates, wanted, nearest);
    for (const a of names) {
      const b = nearest[a]!;
      if (b <= a || clusters.sizes[a] === 0 || nearest[b] !== a) continue;
      const squared = clusters.squared(a, b);
      // Rounding may let a merge come out lower than one inside it.
      const height = Math.max(squared, clusters.heights[a]!, clusters.heights[b]!);
      const done = rows - clusters.count;
      found.from[done] = a;
      found.to[done] = b;
      found.heights[done] = Math.sqrt(height) / scale;
      const [sizeA, sizeB] = [clusters.sizes[a]!, clusters.sizes[b]!];
      clusters.merge(a, b, height);
      candidates.inherit(a, b, sizeA, sizeB, squared);
      nearest[a] = nearest[b] = -1;
    }
    names = names.filter((name) => clusters.sizes[name] !== 0);
  }
  return found;
}
