import { KernelError } from "../kernel-error.ts";

/** Rows two labellings have in common. -1 is a label like any other. */
export type Contingency = {
  readonly rows: number;
  /** Rows of each label of a, and of b. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Indices in a and b and the rows that have both labels, where there are any. */
  readonly cells: readonly (readonly [a: number, b: number, rows: number])[];
};

/** @throws KernelError `shape_mismatch` */
export function contingency(a: ArrayLike<number>, b: ArrayLike<number>): Contingency {
  if (a.length !== b.length) {
    throw new KernelError(
      "shape_mismatch",
      `The labellings have ${a.length} and ${b.length} rows; they must label the same rows.`,
    );
  }
  const ofA = new Map<number, number>();
  const ofB = new Map<number, number>();
  const sizesA: number[] = [];
  const sizesB: number[] = [];
  const cells: Map<number, number>[] = [];
  for (let i = 0; i < a.length; i++) {
    const row = indexIn(ofA, a[i]!, sizesA);
    const column = indexIn(ofB, b[i]!, sizesB);
    const cell = (cells[row] ??= new Map<number, number>());
    cell.set(column, (cell.get(column) ?? 0) + 1);
  }
  return {
    rows: a.length,
    a: sizesA,
    b: sizesB,
    cells: cells.flatMap((cell, row) => Array.from(cell, ([column, rows]) => [row, column, rows] as const)),
  };
}

function indexIn(indices: Map<number, number>, label: number, sizes: number[]): number {
  let index = indices.get(label);
  if (index === undefined) {
    index = sizes.length;
    indices.set(label, index);
    sizes.push(0);
  }
  sizes[index]!++;
  return index;
}

/** In nats. */
export function entropy(sizes: readonly number[], rows: number): number {
  let sum = 0;
  for (const size of sizes) sum -= (size / rows) * Math.log(size / rows);
  return Math.max(0, sum);
}

/** What knowing one labelling says about the other, in nats. */
export function mutualInformation({ rows, a, b, cells }: Contingency): number {
  let sum = 0;
  for (const [i, j, both] of cells) sum += (both / rows) * Math.log((rows * both) / (a[i]! * b[j]!));
  // Of independent labellings it is 0; what is left then is rounding.
  return Math.abs(sum) < 2 ** -52 ? 0 : Math.max(0, sum);
}
