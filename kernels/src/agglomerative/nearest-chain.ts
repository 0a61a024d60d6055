import type { FoundMerges } from "./order-merges.ts";

/**
 * Merges by the nearest neighbour chain (Murtagh 1983; Müllner 2011), in the steps of scipy's nn_chain so that ties are
 * taken as there. Distances are overwritten: those of a merged pair of clusters stand at the higher of their rows.
 *
 * @param distances condensed, of condensedDistances
 */
export function nearestChain(
  distances: Float64Array,
  rows: number,
  linkage: "complete" | "average",
  checkpoint: (fraction: number) => void,
): FoundMerges {
  const merges: FoundMerges = {
    from: new Int32Array(rows - 1),
    to: new Int32Array(rows - 1),
    heights: new Float64Array(rows - 1),
  };
  const sizes = new Int32Array(rows).fill(1);
  // offsets[i] + j is the place of pair i < j.
  const offsets = Float64Array.from({ length: rows }, (_, i) => rows * i - (i * (i + 1)) / 2 - i - 1);
  const chain = new Int32Array(rows);
  let length = 0;
  let firstAlive = 0;
  for (let m = 0; m < rows - 1; m++) {
    if (m % 256 === 0) checkpoint(m / rows);
    if (length === 0) {
      while (sizes[firstAlive] === 0) firstAlive++;
      chain[length++] = firstAlive;
    }
    let x: number;
    let y: number;
    let least: number;
    for (;;) {
      x = chain[length - 1]!;
      y = length > 1 ? chain[length - 2]! : -1;
      least = y < 0 ? Infinity : distances[x < y ? offsets[x]! + y : offsets[y]! + x]!;
      for (let i = 0; i < x; i++) {
        if (sizes[i] === 0) continue;
        const distance = distances[offsets[i]! + x]!;
        if (distance < least) {
          least = distance;
          y = i;
        }
      }
      const own = offsets[x]!;
      for (let i = x + 1; i < rows; i++) {
        const distance = distances[own + i]!;
        if (distance < least && sizes[i] !== 0) {
          least = distance;
          y = i;
        }
      }
      if (length > 1 && y === chain[length - 2]) break;
      chain[length++] = y;
    }
    length -= 2;
    if (x > y) [x, y] = [y, x];
    const [sizeX, sizeY] = [sizes[x]!, sizes[y]!];
    merges.from[m] = x;
    merges.to[m] = y;
    merges.heights[m] = least;
    sizes[x] = 0;
    sizes[y] = sizeX + sizeY;
    for (let i = 0; i < rows; i++) {
      if (sizes[i] === 0 || i === y) continue;
      const toX = distances[i < x ? offsets[i]! + x : offsets[x]! + i]!;
      const at = i < y ? offsets[i]! + y : offsets[y]! + i;
      const toY = distances[at]!;
      distances[at] =
        linkage === "complete" ? Math.max(toX, toY) : (sizeX * toX + sizeY * toY) / (sizeX + sizeY);
    }
  }
  return merges;
}
