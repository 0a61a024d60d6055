import type { DistanceEngine } from "../engine/distance-engine.ts";
import { RowHeaps } from "../neighbours/row-heaps.ts";
import type { WardCandidates } from "./ward-candidates.ts";
import type { WardClusters } from "./ward-clusters.ts";

/** Products kept at once: 8 MB. */
const PRODUCTS = 2 ** 21;

/**
 * Compares some clusters with all: makes their candidates again and writes the name of each one's nearest, decided in
 * float64, the lower name at a tie.
 *
 * @param wanted names of clusters
 * @param nearest int32 [rows], by name
 */
export async function nearestClusters(
  engine: DistanceEngine,
  clusters: WardClusters,
  candidates: WardCandidates,
  wanted: readonly number[],
  nearest: Int32Array,
): Promise<void> {
  if (wanted.length === 0) return;
  clusters.compact();
  const { cols, places } = clusters;
  const targets = {
    data: clusters.products.subarray(0, places * cols),
    rows: places,
    norms: clusters.low.subarray(0, places),
  };
  // A product of a single row takes another, slower routine.
  const atOnce = Math.max(2, Math.min(wanted.length, Math.floor(PRODUCTS / places)));
  const rows = new Float32Array(atOnce * cols);
  const out = new Float32Array(atOnce * places);
  for (let first = 0; first < wanted.length; first += atOnce) {
    const some = wanted.slice(first, first + atOnce);
    const filled = Math.max(2, some.length);
    for (const [i, name] of some.entries()) {
      const place = clusters.placeOf(name);
      rows.set(clusters.products.subarray(place * cols, (place + 1) * cols), i * cols);
    }
    const products = out.subarray(0, filled * places);
    await engine.partial({ data: rows.subarray(0, filled * cols), rows: filled }, targets, products);
    for (const [i, name] of some.entries()) {
      nearest[name] = search(clusters, candidates, name, products.subarray(i * places, (i + 1) * places));
    }
  }
}

/** @param products |c|² - 2 c·x of the cluster x in question and each place's c; overwritten by lower bounds */
function search(
  clusters: WardClusters,
  candidates: WardCandidates,
  name: number,
  products: Float32Array,
): number {
  const { sizeAt, low, places, nameAt } = clusters;
  const place = clusters.placeOf(name);
  const own = low[place]!;
  const size = sizeAt[place]!;
  const heap = new RowHeaps(1, Math.min(candidates.size, clusters.count - 1), 1);
  let top = Infinity;
  for (let p = 0; p < places; p++) {
    const other = sizeAt[p]!;
    // An empty place gives NaN.
    const bound = ((2 * other * size) / (other + size)) * (products[p]! + own);
    products[p] = bound;
    if (bound < top && p !== place) {
      heap.offer(0, p, bound);
      top = heap.tops[0]!;
    }
  }
  const found = heap.sorted(0).map((h) => {
    const member = nameAt[heap.indices[h]!]!;
    return { name: member, squared: clusters.squared(name, member) };
  });
  const all = heap.size === clusters.count - 1;
  const radius = all ? Infinity : top;
  let best = found.reduce((a, b) =>
    b.squared < a.squared || (b.squared === a.squared && b.name < a.name) ? b : a,
  );
  if (!(best.squared < radius)) {
    for (let p = 0; p < places; p++) {
      // The bound was rounded to float32 once more.
      if (!(products[p]! <= best.squared * (1 + 2 ** -22)) || p === place) continue;
      const squared = clusters.squared(name, nameAt[p]!);
      if (squared < best.squared || (squared === best.squared && nameAt[p]! < best.name)) {
        best = { name: nameAt[p]!, squared };
      }
    }
  }
  candidates.replace(name, found, radius * (1 - 2 ** -40));
  return best.name;
}
