/** Rows [start, end) of members.parquet. */
export interface MemberRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where each cluster's members lie: clusters follow each other by number, those inside another cluster within its
 * range, noise comes last. So the members of one cluster are one stretch of rows, found without reading any.
 */
export function memberRanges(
  clusters: readonly {
    readonly number: number;
    readonly numMembers: number;
    readonly parentNumber: number | null;
  }[],
): Map<number, MemberRange> {
  const children = Map.groupBy(
    [...clusters].sort((a, b) => a.number - b.number),
    (cluster) => cluster.parentNumber,
  );
  const ranges = new Map<number, MemberRange>();
  let position = 0;
  const visit = (parent: number | null): void => {
    for (const cluster of children.get(parent) ?? []) {
      const start = position;
      if (children.has(cluster.number)) visit(cluster.number);
      else position += cluster.numMembers;
      ranges.set(cluster.number, { start, end: position });
    }
  };
  visit(null);
  return ranges;
}
