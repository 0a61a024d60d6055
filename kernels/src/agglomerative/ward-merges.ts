import type { DistanceEngine } from "../engine/distance-engine.ts";
import type { FoundMerges } from "./order-merges.ts";
import { nearestClusters } from "./nearest-clusters.ts";
import type { WardClusters } from "./ward-clusters.ts";

/**
 * Merges by reciprocal nearest neighbours: two clusters that are each other's nearest are merged sooner or later whatever
 * else is merged (Ward's distance is reducible; Bruynooghe 1978), so each round merges all such pairs at once. Only merged
 * clusters, and those whose nearest was merged, have to look for their nearest again: together, as one product.
 *
 * @param nearest slot of each slot's nearest cluster; at a tie the one that is named first
 * @param scale of squared distances
 */
export async function wardMerges(
  engine: DistanceEngine,
  clusters: WardClusters,
  nearest: Int32Array,
  scale: number,
  checkpoint: (fraction: number) => void,
): Promise<FoundMerges> {
  const merges = clusters.count - 1;
  const found: FoundMerges = {
    from: new Int32Array(merges),
    to: new Int32Array(merges),
    heights: new Float64Array(merges),
  };
  let alive = clusters.count;
  let done = 0;
  while (alive > 1) {
    checkpoint(1 - ((alive - 1) / (merges + 1)) ** 2);
    const stale: number[] = [];
    for (let slot = 0; slot < clusters.count; slot++) {
      const other = nearest[slot]!;
      if (clusters.sizes[slot] === 0 || other <= slot || nearest[other] !== slot) continue;
      // Rounding may let a merge come out lower than one inside it.
      const squared = clusters.squared(slot, other);
      const height = Math.max(squared, clusters.heights[slot]!, clusters.heights[other]!);
      found.from[done] = clusters.names[slot]!;
      found.to[done] = clusters.names[other]!;
      found.heights[done++] = Math.sqrt(height) / scale;
      clusters.merge(slot, other, height);
      alive--;
      nearest[slot] = -1;
    }
    if (alive === 1) break;
    if (alive < 0.85 * clusters.count) {
      const moved = clusters.compact();
      for (const [from, to] of moved.entries()) {
        if (to >= 0) nearest[to] = nearest[from] === -1 ? -1 : moved[nearest[from]!]!;
      }
    }
    for (let slot = 0; slot < clusters.count; slot++) {
      if (clusters.sizes[slot] === 0) continue;
      const other = nearest[slot]!;
      if (other === -1 || clusters.sizes[other] === 0 || nearest[other] === -1) stale.push(slot);
    }
    await nearestClusters(engine, clusters, stale, nearest);
  }
  return found;
}
