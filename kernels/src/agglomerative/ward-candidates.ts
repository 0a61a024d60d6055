import type { NeighbourLists } from "../neighbours/neighbour-lists.ts";
import type { WardClusters } from "./ward-clusters.ts";

/**
 * For each cluster some of its nearest, with a promise: whatever cluster is not in the list is at least `radius` away. The
 * promise outlives merges elsewhere, as Ward's distance is reducible (the union of two clusters that are each other's
 * nearest is not nearer to a third than the nearer of them), if a list follows its members into the clusters they become.
 */
export class WardCandidates {
  readonly #clusters: WardClusters;
  readonly #size: number;
  /** int32 [rows, size], float64 [rows, size]; a distance is of the member as it was when it had `stamps` rows. */
  readonly #members: Int32Array;
  readonly #squared: Float64Array;
  readonly #stamps: Float64Array;
  readonly #counts: Int32Array;
  /** Squared, float64 [rows]. */
  readonly #radius: Float64Array;

  constructor(clusters: WardClusters, lists: NeighbourLists) {
    const rows = clusters.count;
    this.#clusters = clusters;
    this.#size = lists.k;
    this.#members = lists.indices;
    this.#squared = lists.squared;
    this.#stamps = new Float64Array(lists.squared.length).fill(1);
    this.#counts = new Int32Array(rows).fill(lists.k);
    this.#radius = new Float64Array(rows).fill(Infinity);
    if (lists.k < rows - 1) {
      for (let row = 0; row < rows; row++) this.#radius[row] = lists.squared[(row + 1) * lists.k - 1]!;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** The nearest cluster, the lower name at a tie; -1 if the list cannot tell. */
  nearest(name: number): number {
    const clusters = this.#clusters;
    const start = name * this.#size;
    let kept = start;
    let best = -1;
    let least = Infinity;
    for (let p = start; p < start + this.#counts[name]!; p++) {
      const member = clusters.find(this.#members[p]!);
      const size = clusters.sizes[member]!;
      let squared = this.#squared[p]!;
      if (member !== this.#members[p] || size !== this.#stamps[p]) {
        // Two members may have become one.
        if (this.#members.subarray(start, kept).includes(member)) continue;
        squared = clusters.squared(name, member);
      } else if (this.#members.subarray(start, kept).includes(member)) continue;
      this.#members[kept] = member;
      this.#squared[kept] = squared;
      this.#stamps[kept++] = size;
      if (squared < least || (squared === least && member < best)) {
        least = squared;
        best = member;
      }
    }
    this.#counts[name] = kept - start;
    return least < this.#radius[name]! ? best : -1;
  }

  /** Gives the cluster that b was just made part of, a, what the lists of both tell. */
  inherit(a: number, b: number, sizeA: number, sizeB: number, squared: number): void {
    const [radiusA, radiusB] = [this.#radius[a]!, this.#radius[b]!];
    // Lance and Williams' formula for a cluster of s rows outside both lists; it grows or falls with s throughout.
    const ofOne = ((sizeA + 1) * radiusA + (sizeB + 1) * radiusB - squared) / (sizeA + sizeB + 1);
    const ofMany = radiusA + radiusB - squared;
    const radius =
      radiusA === Infinity || radiusB === Infinity ? Math.min(radiusA, radiusB) : Math.min(ofOne, ofMany);
    const members = new Set<number>();
    for (const name of [a, b]) {
      const start = name * this.#size;
      for (let p = start; p < start + this.#counts[name]!; p++) {
        members.add(this.#clusters.find(this.#members[p]!));
      }
    }
    members.delete(a);
    const found = Array.from(members, (name) => ({ name, squared: this.#clusters.squared(a, name) }));
    this.replace(a, found, radius * (1 - 2 ** -40));
  }

  /** `found`: clusters with their squared distances, of which the nearest are kept; all others are at least `radius` away. */
  replace(name: number, found: { name: number; squared: number }[], radius: number): void {
    found.sort((x, y) => x.squared - y.squared || x.name - y.name);
    const count = Math.min(this.#size, found.length);
    for (let i = 0; i < count; i++) {
      const p = name * this.#size + i;
      this.#members[p] = found[i]!.name;
      this.#squared[p] = found[i]!.squared;
      this.#stamps[p] = this.#clusters.sizes[found[i]!.name]!;
    }
    this.#counts[name] = count;
    this.#radius[name] = Math.min(radius, found[count]?.squared ?? Infinity);
  }
}
