import type { Merges } from "../linkage/single-linkage.ts";

/**
 * Labels of the `nClusters` nodes that remain when the highest merges are undone, numbered as scikit-learn's _hc_cut does:
 * by their place in a heap of node numbers.
 */
export function cutTree({ rows, children }: Merges, nClusters: number): Int32Array {
  const heap = [-(2 * rows - 2)];
  for (let c = 1; c < nClusters; c++) {
    const node = -heap[0]! - rows;
    push(heap, -children[2 * node]!);
    pushPop(heap, -children[2 * node + 1]!);
  }
  const labels = new Int32Array(rows);
  for (const [label, negated] of heap.entries()) {
    const stack = [-negated];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node < rows) labels[node] = label;
      else stack.push(children[2 * (node - rows)]!, children[2 * (node - rows) + 1]!);
    }
  }
  return labels;
}

/** Python's heapq.heappush. */
function push(heap: number[], item: number): void {
  heap.push(item);
  siftUp(heap, 0, heap.length - 1);
}

/** Python's heapq.heappushpop, without the result. */
function pushPop(heap: number[], item: number): void {
  if (heap[0]! >= item) return;
  heap[0] = item;
  // Python moves the hole to a leaf first and lifts the item from there: the order of the rest depends on it.
  let hole = 0;
  for (let child = 1; child < heap.length; child = 2 * hole + 1) {
    if (child + 1 < heap.length && heap[child]! >= heap[child + 1]!) child++;
    heap[hole] = heap[child]!;
    hole = child;
  }
  heap[hole] = item;
  siftUp(heap, 0, hole);
}

function siftUp(heap: number[], start: number, position: number): void {
  const item = heap[position]!;
  let hole = position;
  while (hole > start) {
    const parent = (hole - 1) >> 1;
    if (heap[parent]! <= item) break;
    heap[hole] = heap[parent]!;
    hole = parent;
  }
  heap[hole] = item;
}
