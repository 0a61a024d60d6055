/** What a row's silhouette is made of; arrays of all rows, by cluster. */
export type SilhouetteParts = {
  /** Mean distance to the other rows of the own cluster, and to those of the nearest other one; 0 for a row alone. */
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** The nearest other cluster; -1 for a row alone. */
  readonly nearest: Int32Array;
  readonly values: Float64Array;
};

export function emptyParts(rows: number): SilhouetteParts {
  return {
    a: new Float64Array(rows),
    b: new Float64Array(rows),
    nearest: new Int32Array(rows).fill(-1),
    values: new Float64Array(rows),
  };
}

export function writePart(parts: SilhouetteParts, row: number, a: number, b: number, nearest: number): void {
  parts.a[row] = a;
  parts.b[row] = b;
  parts.nearest[row] = nearest;
  const larger = Math.max(a, b);
  if (larger > 0) parts.values[row] = (b - a) / larger;
}
