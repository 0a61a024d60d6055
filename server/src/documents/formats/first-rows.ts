/** The first items up to the one that is `enough`, `count` at most, and all of them again, the first ones included. */
export async function firstOf<T>(
  source: AsyncGenerator<T>,
  count: number,
  enough: (item: T) => boolean = () => false,
): Promise<{ first: T[]; all: AsyncGenerator<T> }> {
  const first: T[] = [];
  while (first.length < count) {
    const next: IteratorResult<T, unknown> = await source.next();
    if (next.done) break;
    first.push(next.value);
    if (enough(next.value)) break;
  }
  async function* all() {
    try {
      yield* first;
      yield* source;
    } finally {
      await source.return(undefined);
    }
  }
  return { first, all: all() };
}
