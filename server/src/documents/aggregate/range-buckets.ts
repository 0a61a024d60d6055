export interface Buckets {
  /** Ascending. */
  readonly boundaries: readonly number[];
  /** The name of what lies in none: below the first boundary, from the last one on, and what is no number. */
  readonly otherwise: string | null;
}

/** The bucket a value lies in, as `[0,10)`: from its lower boundary to below its upper one. */
export function bucketOf(value: unknown, { boundaries, otherwise }: Buckets): string | null {
  if (typeof value !== "number") return otherwise;
  const above = boundaries.findIndex((bound) => bound > value);
  return above <= 0 ? otherwise : `[${boundaries[above - 1]!},${boundaries[above]!})`;
}
