import type { DistanceEngine } from "../engine/distance-engine.ts";
import type { WardClusters } from "./ward-clusters.ts";

/** Products kept at once: 16 MB. */
const PRODUCTS = 2 ** 22;

/**
 * Writes the slot of the nearest other cluster of each wanted slot: candidates by lower bounds from float32 products, the
 * nearest among them in float64, at a tie the one with the lower name.
 */
export async function nearestClusters(
  engine: DistanceEngine,
  clusters: WardClusters,
  wanted: readonly number[],
  nearest: Int32Array,
): Promise<void> {
  const { cols, count } = clusters;
  // A product of a single row takes another, slower routine.
  const atOnce = Math.max(2, Math.floor(PRODUCTS / count));
  const targets = {
    data: clusters.products.subarray(0, count * cols),
    rows: count,
    norms: clusters.low.subarray(0, count),
  };
  const size = Math.max(2, Math.min(atOnce, wanted.length));
  const rows = new Float32Array(size * cols);
  const out = new Float32Array(size * count);
  for (let first = 0; first < wanted.length; first += atOnce) {
    const some = wanted.slice(first, first + atOnce);
    const filled = Math.max(2, some.length);
    for (const [i, slot] of some.entries()) {
      rows.set(clusters.products.subarray(slot * cols, (slot + 1) * cols), i * cols);
    }
    const products = out.subarray(0, filled * count);
    await engine.partial({ data: rows.subarray(0, filled * cols), rows: filled }, targets, products);
    for (const [i, slot] of some.entries()) {
      nearest[slot] = nearestOf(clusters, slot, products.subarray(i * count, (i + 1) * count));
    }
  }
}

/** @param products |c|² - 2 c·slot for each cluster c; overwritten */
function nearestOf(clusters: WardClusters, slot: number, products: Float32Array): number {
  const { sizes, low, names, count } = clusters;
  const own = low[slot]!;
  const size = sizes[slot]!;
  products[slot] = Infinity;
  let best = -1;
  let least = Infinity;
  for (let c = 0; c < count; c++) {
    const other = sizes[c]!;
    const bound = ((other * size) / (other + size)) * (products[c]! + own);
    if (bound < least) {
      least = bound;
      best = c;
    }
  }
  let squared = clusters.squared(slot, best);
  for (let c = 0; c < count; c++) {
    const other = sizes[c]!;
    // Twice as in WardClusters.squared, and a little less for this line's own roundings.
    const bound = ((2 * other * size) / (other + size)) * (products[c]! + own) * (1 - 2 ** -40);
    if (!(bound <= squared) || c === best) continue;
    const exact = clusters.squared(slot, c);
    if (exact < squared || (exact === squared && names[c]! < names[best]!)) {
      squared = exact;
      best = c;
    }
  }
  return best;
}
