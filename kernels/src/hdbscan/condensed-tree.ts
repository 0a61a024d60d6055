import type { Merges } from "../linkage/single-linkage.ts";

/**
 * What remains of the single linkage tree when splits that only shed fewer than minClusterSize rows are no splits (Campello,
 * Moulavi, Sander 2013). Entry e: `child` leaves `parent` at lambda = 1 / distance. Children below `rows` are rows; the
 * others are clusters, numbered from `rows` (the root) in the order of their birth, parents before children.
 */
export type CondensedTree = {
  readonly rows: number;
  readonly parents: Int32Array;
  readonly children: Int32Array;
  /** float64; Infinity where rows are equal. */
  readonly lambdas: Float64Array;
  /** Rows in the child, int32. */
  readonly sizes: Int32Array;
  /** Clusters, the root included. */
  readonly clusters: number;
};

/** As scikit-learn 1.9's _condense_tree; `merges.heights` are distances. */
export function condenseTree(merges: Merges, minClusterSize: number): CondensedTree {
  const { rows, children, heights, sizes } = merges;
  const parents: number[] = [];
  const entries: number[] = [];
  const lambdas: number[] = [];
  const counts: number[] = [];
  const add = (parent: number, child: number, lambda: number, size: number): void => {
    parents.push(parent);
    entries.push(child);
    lambdas.push(lambda);
    counts.push(size);
  };
  const sizeOf = (node: number): number => (node < rows ? 1 : sizes[node - rows]!);

  const clusterOf = new Int32Array(2 * rows - 1);
  const root = 2 * rows - 2;
  clusterOf[root] = rows;
  let next = rows + 1;
  const queue = [root];
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]!;
    const cluster = clusterOf[node]!;
    const height = heights[node - rows]!;
    const lambda = height > 0 ? 1 / height : Infinity;
    const sides = [children[2 * (node - rows)]!, children[2 * (node - rows) + 1]!];
    const isSplit = sides.every((side) => sizeOf(side) >= minClusterSize);
    for (const side of sides) {
      if (sizeOf(side) < minClusterSize) {
        for (const row of rowsUnder(merges, side)) add(cluster, row, lambda, 1);
        continue;
      }
      if (isSplit) add(cluster, next, lambda, sizeOf(side));
      clusterOf[side] = isSplit ? next++ : cluster;
      queue.push(side);
    }
  }
  return {
    rows,
    parents: Int32Array.from(parents),
    children: Int32Array.from(entries),
    lambdas: Float64Array.from(lambdas),
    sizes: Int32Array.from(counts),
    clusters: next - rows,
  };
}

function rowsUnder({ rows, children }: Merges, node: number): number[] {
  const found: number[] = [];
  const stack = [node];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top < rows) found.push(top);
    else stack.push(children[2 * (top - rows) + 1]!, children[2 * (top - rows)]!);
  }
  return found;
}
